"""Projects that a run of the tests generates and installs once, for tests to copy.

Installing takes longer than most of what is tested. The copies share one environment,
which no test may change: whoever wants to calls `install_anew`.
"""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

FOLDER = "TESTS_SHARED_PROJECTS"  # the variable by which workers know the folder of the run


def pytest_configure(config: pytest.Config) -> None:
    """Create the folder of the run, before there are workers."""
    if not _is_worker(config):
        os.environ[FOLDER] = tempfile.mkdtemp(prefix="projects-")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove the folder of the run, when the workers have ended."""
    if not _is_worker(config) and not config.option.keep_baked_projects:
        shutil.rmtree(os.environ.pop(FOLDER), ignore_errors=True)


def _is_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")


def copy_of(name: str, make: Callable[[Path], Path]) -> Path:
    """Return a new copy of a project; ``make`` makes it in a folder where no worker has.

    The environment of the copy is that of the first.
    """
    run = Path(os.environ[FOLDER])
    with _alone(run / f"{name}.lock"):
        made = run / name
        if not made.is_symlink():
            made.symlink_to(make(Path(tempfile.mkdtemp(dir=run))))
    original = made.resolve()
    copy = Path(tempfile.mkdtemp(dir=run)) / original.name
    shutil.copytree(original, copy, symlinks=True, ignore=shutil.ignore_patterns(".venv"))
    (copy / ".venv").symlink_to(original / ".venv")
    # .gitignore names a folder, which a link is not.
    (copy / ".git" / "info" / "exclude").write_text("/.venv\n", encoding="utf-8")
    return copy


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    import fcntl  # only on POSIX, as the other workers' servers

    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
