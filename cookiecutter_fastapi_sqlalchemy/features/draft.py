"""A copy of a project's code, in which a feature is made before the project changes."""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from cookiecutter_fastapi_sqlalchemy.changes import Changes
from cookiecutter_fastapi_sqlalchemy.errors import Refused
from cookiecutter_fastapi_sqlalchemy.features.tables import Table
from cookiecutter_fastapi_sqlalchemy.project import Project

COPIED_FOLDERS = ("app", "migrations", "tests")
CODE = (".py", ".pyc", ".mako")
COPIED_FILES = ("pyproject.toml", "ruff.toml", ".ruff.toml")
# What the project's code writes to its standard error.
ERRORS = "errors.txt"
SESSION = Path(__file__).parent.parent / "inside" / "feature_session.py"


@dataclass(frozen=True)
class Facts:
    """What the project's own code says about its schema."""

    tables: Mapping[str, Table]
    heads: list[str]
    reserved: frozenset[str]


@dataclass
class Draft:
    """The copy, with the paths of what is new or changed in it."""

    project: Project
    folder: Path
    process: "subprocess.Popen[str]"
    written: dict[Path, None] = field(default_factory=dict)

    def facts(self) -> Facts:
        """Return what the project's code says. Raises Refused where it cannot be loaded."""
        answer = json.loads(self._answer())
        tables = {name: Table(name, **each) for name, each in answer["tables"].items()}
        return Facts(tables, answer["heads"], frozenset(answer["reserved"]))

    def exists(self, name: str) -> bool:
        """Return whether there is something of this name."""
        return (self.folder / name).exists()

    def read(self, name: str) -> str:
        """Return the text of a file. Raises Refused where there is none."""
        try:
            return (self.folder / name).read_text(encoding="utf-8")
        except OSError as error:
            raise Refused(f"{name} is missing: restore it from git.") from error

    def write(self, name: str, text: str) -> None:
        """Write a file."""
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="\n")
        self.written[Path(name)] = None

    def is_formatted(self, name: str) -> bool:
        """Return whether a file is formatted as the project's formatter does."""
        return self._ruff("format", "--check", "--quiet", name).returncode == 0

    def tidy(self, *names: str) -> str:
        """Sort imports, leave out those that are unused, and format.

        Returns what the project's linter finds otherwise.
        """
        found = self._ruff("check", "--fix", "--quiet", "--output-format", "concise", *names)
        self.format(*names)
        return found.stdout if found.returncode else ""

    def format(self, *names: str) -> None:
        """Format files as the project's formatter does."""
        if names:
            done = self._ruff("format", "--quiet", *names)
            if done.returncode:
                raise Refused(
                    f"The project's ruff fails, so correct it: {_last_line(done.stderr)}."
                )

    def write_revision(self, module: str, message: str, tables: list[str]) -> str:
        """Write the revision that makes tables of a new module, and return its path."""
        wanted = {"module": module, "message": message, "tables": tables}
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(wanted) + "\n")
        self.process.stdin.flush()
        path = Path(self._answer().strip()).relative_to(self.folder)
        self.written[path] = None
        return path.as_posix()

    def changes(self) -> Changes:
        """Return what differs from the project."""
        changes = Changes(self.project.path)
        for path in self.written:
            text = (self.folder / path).read_text(encoding="utf-8")
            if (self.project.path / path).exists():
                changes.replace(path, text)
            else:
                changes.create(path, text)
        return changes

    def _ruff(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.project.run("ruff", *arguments, folder=self.folder)

    def _answer(self) -> str:
        assert self.process.stdout is not None
        if answer := self.process.stdout.readline():
            return answer
        self.process.wait()
        reason = _last_line((self.folder / ERRORS).read_text(encoding="utf-8"))
        raise Refused(f"The project's code cannot be loaded, so correct it: {reason}.")


def _copy(source: str, target: str) -> None:
    """Copy code; link to what else there is, which may be large, where links are possible."""
    if not source.endswith(CODE):
        with suppress(OSError):
            os.symlink(source, target)
            return
    shutil.copy2(source, target)


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1].rstrip(".") if lines else "it says nothing"


@contextmanager
def drafted(project: Project) -> Iterator[Draft]:
    """Copy a project's code for the time of the block, and load it in its Python."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary).resolve()
        for name in COPIED_FOLDERS:
            if (project.path / name).is_dir():
                shutil.copytree(project.path / name, folder / name, copy_function=_copy)
        for name in COPIED_FILES:
            if (project.path / name).is_file():
                shutil.copy2(project.path / name, folder)
        with (folder / ERRORS).open("w", encoding="utf-8") as errors:
            process = project.start_python(
                SESSION, project.database, project.path, folder=folder, errors=errors
            )
            try:
                yield Draft(project, folder, process)
            finally:
                process.kill()
                process.communicate()
