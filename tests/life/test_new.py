"""`new` generates from the version of the template that the program was installed from."""

import json
import os
import sys

import pytest

from tests.baking import User
from tests.cloning import Clone
from tests.combinations import TEMPLATE

PROGRAM = "cookiecutter-fastapi-sqlalchemy"


@pytest.mark.parametrize("kind", ["folder", "git"])
def test_the_program_installed_from_a_clone(user: User, clone: Clone, kind: str) -> None:
    """From its folder as it is, or at the commit that it was installed at."""
    installed_at = clone.head
    source = {"folder": str(clone.folder), "git": f"git+file://{clone.folder}@{installed_at}"}[kind]
    (clone.folder / "README.md").write_text("A later version.\n", encoding="utf-8")
    later = clone.commit("Later")
    uvx = ("uv", "tool", "run", "--quiet", "--from", source, PROGRAM)

    made = user.run(*uvx, "new", "--no-input", "install=no", "sample=none", "project_slug=tea")

    assert made.returncode == 0, made.stdout
    assert "python3 -m bootstrap" in made.stdout
    record = json.loads((user.folder / "tea/.cruft.json").read_text(encoding="utf-8"))
    assert record["commit"] == {"folder": later, "git": installed_at}[kind]
    assert record["template"].removeprefix("file://") == str(clone.folder)
    assert record["context"]["cookiecutter"]["sample"] == "none"


def test_the_program_in_a_clone_takes_options_and_refuses_as_cookiecutter(user: User) -> None:
    """A project that cannot be generated is not left behind."""
    options = ("new", "--no-input", "--output-dir", "made", "project_slug=class")
    program = (sys.executable, "-m", PROGRAM.replace("-", "_"))
    path = {"PYTHONPATH": os.fspath(TEMPLATE)}

    refused = user.run(*program, *options, changes=path)
    helped = user.run(*program, "new", "--help", changes=path)

    assert refused.returncode == 1
    assert "'class' is a keyword of Python: choose another name." in refused.stdout
    assert [*user.folder.rglob("*")] == []
    for option in ("--no-input", "--output-dir", "--replay", "[EXTRA_CONTEXT]..."):
        assert option in helped.stdout
    for option in ("--checkout", "--list-installed", "TEMPLATE"):
        assert option not in helped.stdout
