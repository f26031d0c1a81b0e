"""Turn the rendered tree into the project that was asked for.

The template holds every variant: overlays for the data access style and the database,
and the asynchronous form of all code. This hook assembles one project of them and then
runs the project's own ``bootstrap``, which makes the environment, the first migration
and the git repository. With install=no the bootstrap stays in the project for later.
"""

import json
import os
import re
import secrets
import shutil
import sys
from pathlib import Path

# What "sync" means. The code is written async; each row is a pattern and what takes
# its place, in this order.
TO_SYNC = (
    (r"\basync (def|with|for)\b", r"\1"),
    (r"\bawait (\w+)\.run_sync\((\w+)\)", r"\2(\1)"),
    (r"\bawait ", ""),
    (r"\basynccontextmanager\b", "contextmanager"),
    (r"\bAsync(Iterator|Retrying)\b", r"\1"),
    (r"\bfrom sqlalchemy\.ext\.asyncio import AsyncSession\b", "from sqlalchemy.orm import Session"),
    (r"\bAsync(Connection|Engine|Session)\b", r"\1"),
    (r"\basync_sessionmaker\b", "sessionmaker"),
    (r"\bcreate_async_engine\b", "create_engine"),
    (r"\.sync_engine\b", ""),
)  # fmt: skip

# Coroutines in both modes: FastAPI sends plain functions to a thread, which a
# dependency or a liveness check is too small for, and has asynchronous lifespans only.
ALWAYS_ASYNC = ("app/**/dependencies.py", "app/health.py", "app/main.py", "app/problems.py")

DERIVED = ("app", "tests")
PASSWORD_PLACEHOLDER = "change-me"


def main() -> None:
    answers = json.loads("{{ cookiecutter | json_in_quotes }}")
    sys.dont_write_bytecode = True
    lay_overlays(*overlays_for(answers))
    if answers["concurrency"] == "sync":
        derive_sync()
    write_env_file()
    if answers["install"]:
        finish()
    else:
        python = "python" if os.name == "nt" else "python3"
        print(f"Finish it later: cd {answers['project_slug']} && {python} -m bootstrap")


def overlays_for(answers: dict[str, str]) -> list[str]:
    """Name the overlays that the answers ask for."""
    style, sample = answers["data_access"], answers["sample"]
    samples = [] if sample == "none" else [sample, f"{sample}-{style}"]
    return [answers["database"], style, *samples]


def lay_overlays(*names: str) -> None:
    """Copy the named overlays over the project and remove all of them."""
    for name in names:
        shutil.copytree(Path("overlays", name), ".", dirs_exist_ok=True)
    shutil.rmtree("overlays")


def derive_sync() -> None:
    """Rewrite the project's own code from async to sync."""
    kept = {path for pattern in ALWAYS_ASYNC for path in Path().glob(pattern)}
    for folder in DERIVED:
        for path in set(Path(folder).rglob("*.py")) - kept:
            text = path.read_text(encoding="utf-8")
            path.write_text(to_sync(text), encoding="utf-8", newline="\n")


def to_sync(source: str) -> str:
    """Give the synchronous form of asynchronous Python source."""
    for pattern, replacement in TO_SYNC:
        source = re.sub(pattern, replacement, source)
    return source


def write_env_file() -> None:
    """Write ``.env`` from its example with fresh secrets, readable by its owner alone.

    An ``.env`` that is there already stays: its secrets may be in use.
    """
    path = Path(".env")
    if path.exists():
        return
    example = Path(".env.example").read_text(encoding="utf-8")
    path.touch(mode=0o600)
    if os.name == "posix":
        path.chmod(0o600)
    password = secrets.token_urlsafe(24)
    path.write_text(example.replace(PASSWORD_PLACEHOLDER, password), encoding="utf-8", newline="\n")


def finish() -> None:
    """Run the project's bootstrap in this process."""
    sys.path.insert(0, str(Path.cwd()))
    from bootstrap.__main__ import main as bootstrap

    bootstrap()


if __name__ == "__main__":
    main()
