"""Git, run in a folder."""

import os
import shutil
import subprocess
from pathlib import Path

from cookiecutter_fastapi_sqlalchemy.errors import Refused

# Variables that would lead git to another repository than that of the folder.
MISLEADING = (
    *("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY"),
    *("GIT_NAMESPACE", "GIT_PREFIX", "GIT_CEILING_DIRECTORIES"),
)


def run_git(
    folder: Path, *arguments: str | Path, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run git in a folder, and return the exit code and the output.

    Raises Refused where there is no git.
    """
    git = shutil.which("git")
    if not git:
        raise Refused("This needs git, which is not installed: install it.")
    inherited = {name: each for name, each in os.environ.items() if name not in MISLEADING}
    return subprocess.run(
        [git, *arguments],
        cwd=folder,
        env={**inherited, **variables},
        check=False,
        capture_output=True,
        encoding="utf-8",
        errors="surrogateescape",
        stdin=subprocess.DEVNULL,
    )


def git(folder: Path, *arguments: str | Path, **variables: str) -> str:
    """Run git in a folder, and return what it prints. Raises Refused where it fails."""
    done = run_git(folder, *arguments, **variables)
    if done.returncode:
        raise Refused(f"`git {arguments[0]}` failed, so mend this: {last_line(done.stderr)}")
    return done.stdout.rstrip("\n")


def git_paths(folder: Path, *arguments: str | Path) -> list[str]:
    """Run git with ``-z``, and return the paths that it prints."""
    return [path for path in git(folder, *arguments).split("\0") if path]


def last_line(text: str) -> str:
    """Return the last line of an output that says something."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "no reason is given"
