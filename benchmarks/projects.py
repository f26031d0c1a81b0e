"""Projects that cookiecutter generates with the real hooks, as for users."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.machine import output_of
from tests.combinations import COMBINATIONS, TEMPLATE, Combination

# Variables that the environment of this process sets for its own Python.
NOT_FOR_PROJECTS = ("PYTHON", "VIRTUAL_ENV", "APP_")
LIBRARIES = ("fastapi", "starlette", "pydantic", "sqlalchemy", "uvicorn", "uvloop")
PRINT_VERSIONS = (
    "import sys; from importlib.metadata import version\n"
    "print(', '.join(f'{name} {version(name)}' for name in sys.argv[1:]))"
)


@dataclass(frozen=True)
class Project:
    """A generated project and its database, whose URL names no driver."""

    combination: Combination
    path: Path
    database_url: str

    @property
    def name(self) -> str:
        """The name in tables."""
        made = self.combination
        return f"{made.concurrency} {made.database} {made.driver} {made.data_access}"

    @property
    def python(self) -> Path:
        """The Python of its environment."""
        return self.path / ".venv" / "bin" / "python"

    @property
    def variables(self) -> dict[str, str]:
        """The environment variables of its service and its commands."""
        return {"APP_ENVIRONMENT": "production", "APP_DATABASE_URL": self.database_url}

    def run(self, *arguments: str | Path) -> str:
        """Run its Python in its folder, and return the output. Exit when that fails."""
        done = subprocess.run(
            [self.python, *arguments],
            cwd=self.path,
            env={**clean_environment(), **self.variables},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            sys.exit(f"{self.name}: {done.stdout}{done.stderr}")
        return done.stdout

    def versions(self) -> str:
        """Return the names and versions of its main packages."""
        return self.run("-c", PRINT_VERSIONS, *LIBRARIES).strip()


def combination_of(name: str) -> Combination:
    """Return the combination of a name, with or without the shop. Raise ValueError."""
    for combination in COMBINATIONS:
        if str(combination) in (name, f"{name}-shop") and combination.sample == "shop":
            return combination
    raise ValueError(name)


def bake(combination: Combination, folder: Path, database_url: str) -> Project:
    """Generate a project and its environment."""
    answers = [f"{name}={value}" for name, value in combination.answers.items()]
    generate(TEMPLATE, folder, answers)
    return Project(combination, folder / combination.slug, database_url)


def generate(template: Path, folder: Path, answers: Sequence[str]) -> tuple[float, str]:
    """Run cookiecutter as a user does; return the seconds and the output.

    Exit with the output when that fails.
    """
    command = [sys.executable, "-m", "cookiecutter", "--no-input", "--default-config"]
    command += ["--output-dir", str(folder), str(template), *answers]
    environment = {**clean_environment(), "HOME": str(folder), **uv_cache()}
    begun = time.perf_counter()
    done = subprocess.run(
        command,
        cwd=folder,  # Python would import another template's rules from this one's folder
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    seconds = time.perf_counter() - begun
    if done.returncode:
        sys.exit(done.stdout + done.stderr)
    return seconds, done.stdout


def clean_environment() -> Mapping[str, str]:
    """Return the environment without the variables for this process alone."""
    return {
        name: value for name, value in os.environ.items() if not name.startswith(NOT_FOR_PROJECTS)
    }


def uv_cache() -> dict[str, str]:
    """Return the variables that keep uv's cache in place under another HOME."""
    return {"UV_CACHE_DIR": output_of("uv", "cache", "dir")}
