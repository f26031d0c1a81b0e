"""Steps of an adoption that the project's own Python does, in a folder of its code."""

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from cookiecutter_fastapi_sqlalchemy.errors import Refused
from cookiecutter_fastapi_sqlalchemy.project import Project

SCRIPT = Path(__file__).parents[1] / "inside" / "adopt.py"
# What the script needs of this program's packages; the project has all the others.
PACKAGES = (
    "cookiecutter_fastapi_sqlalchemy",
    "sqlacodegen",
    "inflect",
    "more_itertools",
    "pluralizer",
    "typeguard",
)


def run_step(project: Project, folder: Path, name: str, **asked: Any) -> dict[str, Any]:
    """Run a step of the script in a folder, and return its answer.

    Raises Refused with what the script says where it cannot be done.
    """
    given = json.dumps({"step": name, "packages": _packages(), **asked})
    done = project.run_python(SCRIPT, text=given, folder=folder)
    if done.returncode:
        raise Refused((done.stderr.strip() or done.stdout.strip()).splitlines()[-1])
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def _packages() -> list[str]:
    """Return the folders in which this program's packages are."""
    found = [find_spec(name) for name in PACKAGES]
    places = [Path(each.origin).parents[1] for each in found if each and each.origin]
    return [*dict.fromkeys(map(str, places))]
