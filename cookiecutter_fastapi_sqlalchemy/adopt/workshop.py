"""A copy of a project's code, in which an adoption is made before the project has it."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from cookiecutter_fastapi_sqlalchemy.changes import Changes
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
FOLDERS = ("app", "migrations")
FILES = ("pyproject.toml", ".env")


@dataclass(frozen=True)
class Workshop:
    """The copy, and the project whose environment works on it."""

    project: Project
    path: Path

    def read(self, name: str | Path) -> str:
        return (self.path / name).read_text(encoding="utf-8")

    def write(self, name: str | Path, text: str) -> None:
        """Write a file, and the folder that it is in."""
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="\n")

    def create(self, name: str | Path, text: str) -> None:
        """Write a new file. Raises Refused where something of that name exists."""
        if (self.path / name).exists():
            raise Refused(f"{name} exists already: choose another name, or remove it.")
        self.write(name, text)

    def step(self, name: str, **asked: Any) -> dict[str, Any]:
        """Do a step of the script in the copy. Raises Refused with what it says."""
        return step(self.project, self.path, name, **asked)

    def tidy(self, *names: str | Path) -> None:
        """Sort imports, remove needless ones, note what a rule cannot like, and format."""
        for arguments in (["check", "--fix"], ["format"], ["check", "--add-noqa"]):
            done = self.project.run("ruff", *arguments, "--quiet", *names, folder=self.path)
            if done.returncode and arguments == ["format"]:
                raise Refused(f"Ruff cannot read what was written: {done.stdout}{done.stderr}")

    def changes(self) -> Changes:
        """Return how the copy differs from the project."""
        changes = Changes(self.project.path)
        for file in sorted(self.path.rglob("*")):
            name = file.relative_to(self.path)
            if not file.is_file() or "__pycache__" in name.parts or ".ruff_cache" in name.parts:
                continue
            original = self.project.path / name
            text = file.read_text(encoding="utf-8")
            if not original.exists() or original.read_text(encoding="utf-8") != text:
                changes.replace(name, text)
        return changes


@contextmanager
def opened(project: Project) -> Iterator[Workshop]:
    """Copy a project's code, and remove the copy at the end."""
    with TemporaryDirectory(prefix="adopt-") as folder:
        path = Path(folder)
        for name in FOLDERS:
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(project.path / name, path / name, ignore=ignored)
        for name in FILES:
            if (project.path / name).exists():
                shutil.copy(project.path / name, path / name)
        yield Workshop(project, path)


def step(project: Project, folder: Path, name: str, **asked: Any) -> dict[str, Any]:
    """Do a step of the script in a folder. Raises Refused with what it says."""
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
