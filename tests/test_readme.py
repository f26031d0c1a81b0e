"""The first lines of the README work in a fresh clone, with Python, pip and git alone."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.combinations import COMBINATIONS, TEMPLATE
from tests.installed import Installed, call, section_of

ADDRESS = "https://github.com/org/cookiecutter-fastapi-sqlalchemy"
SERVE, TEST = "fastapi dev", "pytest"
# A few of the tests, in place of all.
FEW = "pytest --numprocesses=0 tests/test_hooks.py -k becomes_sync"


@pytest.mark.thorough
def test_the_first_lines_of_the_readme_work(tmp_path: Path) -> None:
    """Clone the last commit, make and serve a project, and begin the template's tests."""
    readme = (TEMPLATE / "README.md").read_text(encoding="utf-8")
    section = section_of(readme, "Try it from a clone")
    clone, make, check = re.findall(r"^```bash\n(.*)\n```$", section, re.MULTILINE)
    cloned = tmp_path / ADDRESS.rpartition("/")[2]

    bash(clone.replace(ADDRESS, f"{TEMPLATE} {cloned.name}"), tmp_path)
    assert make.endswith(f" && .venv/bin/{SERVE}")
    bash(make.removesuffix(f" && .venv/bin/{SERVE}"), cloned)
    project = Installed(tmp_path / "my-service", COMBINATIONS[0])
    with project.service(SERVE) as service:
        status, users = call(f"{service.url}/api/v1/users")
    assert (status, users["items"]) == (200, [])

    assert check.endswith(f" && {TEST}")
    assert re.search(r"\d+ passed", bash(check.removesuffix(TEST) + FEW, cloned))


def bash(script: str, folder: Path) -> str:
    """Run a script as somebody who has nothing but the programs of the system."""
    python = Path(getattr(sys, "_base_executable", sys.executable)).parent
    path = os.pathsep.join([str(python), "/usr/local/bin", "/usr/bin", "/bin"])
    home = folder / ".home"
    home.mkdir(exist_ok=True)
    # Where packages come from is the machine's affair.
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PY")}
    for name in ("COOKIECUTTER_CONFIG", "VIRTUAL_ENV", "CI"):
        kept.pop(name, None)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=folder,
        env={**kept, "HOME": str(home), "PATH": path},
        check=False,
        text=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout
