"""A copy of a project's code, in which a change is made before the project has it."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from cookiecutter_fastapi_sqlalchemy.changes import Changes
from cookiecutter_fastapi_sqlalchemy.errors import Refused
from cookiecutter_fastapi_sqlalchemy.project import Project

FOLDERS = ("app", "migrations", "tests")
FILES = ("pyproject.toml", "ruff.toml", ".ruff.toml", ".env")
CODE = (".py", ".pyc", ".mako")
# What programs leave in the folders that they work in.
CACHES = {"__pycache__", ".ruff_cache"}


@dataclass(frozen=True)
class Draft:
    """The copy, and the project whose programs work on it."""

    project: Project
    folder: Path

    def exists(self, name: str | Path) -> bool:
        """Return whether there is something of this name."""
        return (self.folder / name).exists()

    def read(self, name: str | Path) -> str:
        """Return the text of a file. Raises Refused where there is none."""
        try:
            return (self.folder / name).read_text(encoding="utf-8")
        except OSError as error:
            raise Refused(f"{name} is missing: restore it from git.") from error

    def write(self, name: str | Path, text: str) -> None:
        """Write a file, and the folder that it is in."""
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="\n")

    def create(self, name: str | Path, text: str) -> None:
        """Write a new file. Raises Refused where something of that name exists."""
        if self.exists(name):
            raise Refused(f"{name} exists already: choose another name, or remove it.")
        self.write(name, text)

    def is_formatted(self, name: str | Path) -> bool:
        """Return whether a file is formatted as the project's formatter does."""
        return self.ruff("format", "--check", name).returncode == 0

    def tidy(self, *names: str | Path) -> str:
        """Sort imports, leave out those that are unused, and format.

        Returns what the project's linter finds otherwise.
        """
        found = self.ruff("check", "--fix", "--output-format", "concise", *names)
        self.format(*names)
        return found.stdout if found.returncode else ""

    def format(self, *names: str | Path) -> None:
        """Format files as the project's formatter does."""
        if not names:
            return
        done = self.ruff("format", *names)
        if done.returncode:
            raise Refused(f"The project's ruff fails, so correct it: {last_line(done.stderr)}.")

    def ruff(self, command: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        """Run a command of the project's ruff in the copy."""
        return self.project.run("ruff", command, "--quiet", *arguments, folder=self.folder)

    def changes(self) -> Changes:
        """Return how the copy differs from the project."""
        changes = Changes(self.project.path)
        for file in sorted(self.folder.rglob("*")):
            name = file.relative_to(self.folder)
            if file.is_symlink() or not file.is_file() or CACHES.intersection(name.parts):
                continue
            original = self.project.path / name
            if not original.exists():
                changes.create(name, file.read_text(encoding="utf-8"))
            elif original.read_bytes() != file.read_bytes():
                changes.replace(name, file.read_text(encoding="utf-8"))
        return changes


@contextmanager
def drafted(project: Project) -> Iterator[Draft]:
    """Copy a project's code, and remove the copy at the end."""
    with TemporaryDirectory(prefix="draft-") as temporary:
        folder = Path(temporary).resolve()
        for name in FOLDERS:
            if (project.path / name).is_dir():
                shutil.copytree(project.path / name, folder / name, copy_function=_copy)
        for name in FILES:
            if (project.path / name).is_file():
                shutil.copy2(project.path / name, folder)
        yield Draft(project, folder)


def last_line(text: str) -> str:
    """Return the last line that a program has printed, without its full stop."""
    lines = text.strip().splitlines()
    return lines[-1].rstrip(".") if lines else "it says nothing"


def _copy(source: str, target: str) -> None:
    """Copy code; link to what else there is, which may be large, where links are possible."""
    if not source.endswith(CODE):
        with suppress(OSError):
            os.symlink(source, target)
            return
    shutil.copy2(source, target)
