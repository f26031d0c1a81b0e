"""The project that a command works on: its answers, its environment, its git repository."""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from cookiecutter_fastapi_sqlalchemy.errors import Refused
from cookiecutter_fastapi_sqlalchemy.git import run_git

RECORD = ".cruft.json"
# The answers that decide what a project's code looks like.
DECISIVE = ("concurrency", "database", "driver", "data_access", "sample")
SCRIPTS = "Scripts" if os.name == "nt" else "bin"
# Variables of the caller's own Python, which would mislead that of the project.
NOT_FOR_PROJECTS = ("PYTHON", "VIRTUAL_ENV")


@dataclass(frozen=True)
class Project:
    """A generated project.

    The record says how it was generated: the address and commit of the template, and the
    answers under ``context.cookiecutter``. Its form is cruft's, which reads it, too, and
    adds private names to the answers: https://cruft.github.io/cruft/
    """

    path: Path
    template: str
    commit: str | None
    answers: Mapping[str, str]

    @classmethod
    def find(cls, start: Path | None = None) -> "Project":
        """Return the project that a folder, the present one by default, belongs to.

        Raises Refused where neither it nor a folder above has the record.
        """
        here = (start or Path.cwd()).resolve()
        for folder in (here, *here.parents):
            if (folder / RECORD).is_file():
                return cls._read(folder)
        raise Refused(
            f"This is no generated project, because no {RECORD} is here or in a folder above: "
            "run the command in a project's folder."
        )

    @classmethod
    def _read(cls, folder: Path) -> "Project":
        try:
            record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
            given = record["context"]["cookiecutter"]
            answers = {name: given[name] for name in given if not name.startswith("_")}
            project = cls(folder, record["template"], record.get("commit"), answers)
        except (ValueError, KeyError, TypeError) as error:
            raise Refused(
                f"{folder / RECORD} cannot be read ({error!r}): restore it from git."
            ) from error
        if not answers.keys() >= set(DECISIVE):
            raise Refused(
                f"{folder / RECORD} is of another template: run the command in a project of "
                "cookiecutter-fastapi-sqlalchemy."
            )
        return project

    @property
    def is_async(self) -> bool:
        return self.answers["concurrency"] == "async"

    @property
    def has_repositories(self) -> bool:
        """Whether its data access style is the repository; otherwise it is the DAO."""
        return self.answers["data_access"] == "repository"

    @property
    def has_sign_in(self) -> bool:
        """Whether its users sign in; projects of before the question have no answer."""
        return self.answers.get("auth", "none") != "none"

    @property
    def has_passwords(self) -> bool:
        """Whether its users have passwords, or sign in at an issuer that knows them."""
        return self.answers.get("auth") != "oidc"

    @property
    def database(self) -> str:
        return self.answers["database"]

    @property
    def python(self) -> Path:
        """The Python of its environment. Raises Refused where there is none."""
        return self.program("python")

    def program(self, name: str) -> Path:
        """Return a program of its environment. Raises Refused where there is none."""
        folder = self.path / ".venv" / SCRIPTS
        found = shutil.which(name, path=folder)
        if found is None:
            missing = name if folder.exists() else "environment"
            raise Refused(f"The project has no {missing}: run `uv sync` in it first.")
        return Path(found)

    def run_python(
        self, *arguments: str | Path, folder: Path | None = None, text: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """Run its Python, in its folder by default, and return the exit code and the output.

        Its input is the text.
        """
        return self.run("python", *arguments, folder=folder, text=text)

    def run(
        self, program: str, *arguments: str | Path, folder: Path | None = None, text: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """Run a program of its environment, as `run_python` does."""
        return self._run(self.program(program), *arguments, folder=folder, text=text)

    def start_python(
        self, *arguments: str | Path, folder: Path, errors: IO[str]
    ) -> "subprocess.Popen[str]":
        """Start its Python in a folder; the caller writes its input and reads its output."""
        return subprocess.Popen(
            [self.python, *arguments],
            cwd=folder,
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            encoding="utf-8",
        )

    def git(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run git in its folder, and return the exit code and the output."""
        return run_git(self.path, *arguments)

    def check_clean(self) -> None:
        """Raise Refused where git has changes that are not committed, or is not used."""
        status = self.git("status", "--porcelain", "--", ".")
        if status.returncode:
            raise Refused(
                "The project is in no git repository, which would let you undo this: run "
                "`git init`, and commit what there is, or use --force."
            )
        if changed := status.stdout.splitlines():
            raise Refused(
                f"{len(changed)} files have changes that are not committed, such as "
                f"{changed[0][3:]}: commit or stash them, or use --force."
            )

    def _run(
        self, *command: str | Path, folder: Path | None = None, text: str = ""
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=folder or self.path,
            env=environment(),
            check=False,
            capture_output=True,
            text=True,
            encoding="utf-8",
            input=text,
        )


def environment() -> dict[str, str]:
    """Return the environment of a project's programs: the caller's, without its own Python."""
    return {
        name: value for name, value in os.environ.items() if not name.startswith(NOT_FOR_PROJECTS)
    }
