"""Finish the generated project: environment, first migration, git.

Run once, from the project's folder, as ``python3 -m bootstrap``; the folder
``bootstrap/`` is gone afterwards. Needs uv, or else Python 3.11 or newer.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from bootstrap.console import StepFailed, step

PROJECT = Path(__file__).resolve().parent.parent
VENV = Path(".venv")
VENV_SCRIPTS = VENV / ("Scripts" if os.name == "nt" else "bin")
VENV_PYTHON = PROJECT / VENV_SCRIPTS / "python"

WITHOUT_NETWORK = (
    "If there is no network: generate with install=no, and run `python3 -m bootstrap` "
    "in the project once there is one."
)
NEXT_STEPS = """
Next steps:

  cd {folder}
  # {% if cookiecutter.database == "sqlite" %}
  {run}fastapi dev
  {run}pytest
  # {% else %}
  docker compose up -d database && {run}python -m app.database upgrade --wait 60
  {run}fastapi dev
  # {% endif %}

then open http://127.0.0.1:8000/docs"""


def main() -> None:
    """Finish the project in place. Exits with 1 and the reason when a step fails."""
    os.chdir(PROJECT)
    try:
        uv = shutil.which("uv")
        make_environment(uv)
        make_migrations()
        init_git()
    except StepFailed as failure:
        sys.exit(f"\n{failure}")
    shutil.rmtree(PROJECT / "bootstrap")
    run_prefix = "uv run " if uv else f"{VENV_SCRIPTS}{os.sep}"
    print(NEXT_STEPS.format(folder=PROJECT.name, run=run_prefix))


def make_environment(uv: str | None) -> None:
    """Make ``.venv`` with uv, or with venv and pip where there is no uv."""
    if not uv and sys.version_info < (3, 11):
        raise StepFailed(
            f"Python 3.11 or newer is needed, and this is {sys.version.split()[0]}: "
            "install uv, or run this with a newer Python."
        )
    try:
        if uv:
            make_environment_with_uv(uv)
        else:
            make_environment_with_pip()
    except StepFailed as failure:
        raise StepFailed(f"{failure}\n{WITHOUT_NETWORK}") from failure


def make_environment_with_uv(uv: str) -> None:
    with step("environment (uv sync)"):
        run([uv, "sync", "--quiet"])


def make_environment_with_pip() -> None:
    with step("environment (python -m venv)"):
        run([sys.executable, "-m", "venv", str(VENV)])
    with step("packages (pip install)"):
        pip = [str(VENV_PYTHON), "-m", "pip", "install", "--quiet"]
        run([*pip, "--disable-pip-version-check", *requirements()])


def requirements() -> list[str]:
    """Read what the project and its developers need from pyproject.toml."""
    import tomllib  # not in the Python 3.10 that may run this when there is uv

    pyproject = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))
    needed: list[str] = pyproject["project"]["dependencies"]
    return needed + pyproject["dependency-groups"]["dev"]


def make_migrations() -> None:
    """Make the migrations in one process of the new environment."""
    if Path("migrations").exists():
        print("  migrations/ exists already: left as it is")
        return
    command = [str(VENV_PYTHON), "-m", "bootstrap.first_migration"]
    if subprocess.run(command, check=False).returncode:
        raise StepFailed(f"This command failed: {' '.join(command)}")


def init_git() -> None:
    """Run ``git init``, unless there is no git or the project is in a work tree."""
    git = shutil.which("git")
    if not git:
        print("  git is not installed: no repository made")
        return
    inside = [git, "rev-parse", "--is-inside-work-tree"]
    if subprocess.run(inside, capture_output=True, check=False).returncode == 0:
        print("  already inside a git work tree: no repository made")
        return
    with step("git init"):
        run([git, "init", "--quiet"])


def run(command: list[str]) -> None:
    """Run a command quietly. Raises StepFailed with its output when it fails."""
    done = subprocess.run(
        command,
        check=False,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        # Wherever the user's uv keeps environments otherwise, this one is the project's.
        env={**os.environ, "UV_PROJECT_ENVIRONMENT": str(VENV)},
    )
    if done.returncode:
        raise StepFailed(f"{done.stdout}\nThis command failed: {' '.join(command)}")


if __name__ == "__main__":
    main()
