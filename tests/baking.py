"""Generation of projects for the tests, as a user does it, apart from the user's own files."""

import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType, ModuleType
from typing import Any, Protocol

from tests.combinations import TEMPLATE

PROJECT_TEMPLATE = TEMPLATE / "{{cookiecutter.project_slug}}"
COOKIECUTTER = [sys.executable, "-m", "cookiecutter"]

# Folders that tools create, and files of SQLite, which are not part of a project's texts.
TOOL_FOLDERS = {".git", ".venv", ".ruff_cache", "__pycache__"}
DATABASES = {".db", ".db-lock", ".db-run"}


class Cookies(Protocol):
    """The interface of pytest-cookies' fixtures, which bake in this process."""

    def bake(self, extra_context: Mapping[str, Any] | None, template: str) -> Any: ...


def bake(cookies: Cookies, **answers: Any) -> Path:
    """Render a project, without installing it by default, and return its folder."""
    result = cookies.bake({"install": False, **answers}, template=str(TEMPLATE))
    assert result.exception is None, result.exception
    project: Path = result.project_path
    return project


@dataclass(frozen=True)
class User:
    """A user with a configuration of cookiecutter and a working folder of their own."""

    folder: Path
    environment: dict[str, str]

    @classmethod
    def in_folder(cls, folder: Path) -> "User":
        """Create a user whose configuration and projects are in the folder."""
        config = folder / "config.json"  # JSON is valid YAML
        private = {name: str(folder / name) for name in ("cookiecutters_dir", "replay_dir")}
        config.write_text(json.dumps(private), encoding="utf-8")
        work = folder / "work"
        work.mkdir()
        environment = {**os.environ, "COOKIECUTTER_CONFIG": str(config), "TERM": "dumb"}
        # A user's Python writes bytecode, even where the tests' own Python does not.
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        return cls(work, environment)

    @property
    def replay_file(self) -> Path:
        """The file in which cookiecutter keeps the last answers."""
        return self.folder.parent / "replay_dir" / f"{TEMPLATE.name}.json"

    def run(
        self,
        *command: str | Path,
        cwd: Path | None = None,
        changes: Mapping[str, str | None] = MappingProxyType({}),
    ) -> subprocess.CompletedProcess[str]:
        """Run a command without a terminal, and return its output as one text.

        ``changes`` apply to the environment; None removes a variable.
        """
        changed = {**self.environment, **changes}
        return subprocess.run(
            command,
            cwd=cwd or self.folder,
            env={name: value for name, value in changed.items() if value is not None},
            check=False,
            encoding="utf-8",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def generate(
        self,
        *arguments: str,
        template: str | Path = TEMPLATE,
        changes: Mapping[str, str | None] = MappingProxyType({}),
    ) -> subprocess.CompletedProcess[str]:
        """Run cookiecutter's command line."""
        return self.run(*COOKIECUTTER, template, *arguments, changes=changes)

    def path_with(self, *programs: str) -> str:
        """Create a folder with these programs alone, and return it for use as the PATH."""
        folder = self.folder.parent / "bin"
        folder.mkdir()
        for program in programs:
            found = shutil.which(program)
            assert found is not None, f"{program} is not installed"
            (folder / program).symlink_to(found)
        return str(folder)


def replay_with(user: User, answers: Mapping[str, Any]) -> Path:
    """Write a replay file of cookiecutter's form that holds these answers."""
    context = json.loads(_saved_replay())
    context["cookiecutter"].update(answers)
    edited = user.folder.parent / "edited.json"
    edited.write_text(json.dumps(context), encoding="utf-8")
    return edited


@cache
def _saved_replay() -> str:
    """Generate the default project once, and return the text of its replay file."""
    with TemporaryDirectory() as folder:
        user = User.in_folder(Path(folder))
        done = user.generate("--no-input", "install=no")
        assert done.returncode == 0, done.stdout
        return user.replay_file.read_text(encoding="utf-8")


def texts_of(project: Path) -> dict[str, str]:
    """Return the text of each file of a project by its path, without the files of tools."""
    return {
        path.relative_to(project).as_posix(): path.read_bytes().decode("utf-8")
        for path in sorted(project.rglob("*"))
        if path.is_file()
        and not TOOL_FOLDERS.intersection(path.parts)
        and path.suffix not in DATABASES
    }


def tree(folder: Path) -> dict[str, str]:
    """Return a fingerprint of each path below a folder, by which changes can be detected."""
    return {path.relative_to(folder).as_posix(): _fingerprint(path) for path in folder.rglob("*")}


def _fingerprint(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "folder"


def load(path: Path) -> ModuleType:
    """Import a Python file that is not part of a package."""
    specification = importlib.util.spec_from_file_location(path.stem, path)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module
