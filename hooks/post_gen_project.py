"""Turn the rendered tree into the project that was asked for.

The template holds every variant: overlays for the data access style and the database,
and the asynchronous form of all code. This hook assembles one project of them and then
runs the project's own ``bootstrap``, which makes the environment, the first migration
and the git repository. With install=no the bootstrap stays in the project for later.

Where the folder was there before, what the user has in it is theirs: cookiecutter writes
over the files that the template has too, or over none (``--skip-if-file-exists``), and so
does this hook.
"""

import json
import os
import re
import secrets
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# What "sync" means. The code is written async; each row is a pattern and what takes
# its place, in this order.
TO_SYNC = (
    (r"\basync (def|with|for)\b", r"\1"),
    (r"\bawait ", ""),
    (r"\basynccontextmanager\b", "contextmanager"),
    (r"\bAsync(Iterator|Retrying)\b", r"\1"),
    (r"\bfrom sqlalchemy\.ext\.asyncio import AsyncSession\b", "from sqlalchemy.orm import Session"),
    (r"\bfrom sqlalchemy\.ext\.asyncio import AsyncConnection\b", "from sqlalchemy import Connection"),
    (r"\bAsync(Connection|Engine|Session)\b", r"\1"),
    (r"\basync_sessionmaker\b", "sessionmaker"),
    (r"\bcreate_async_engine\b", "create_engine"),
    (r"\.sync_engine\b", ""),
)  # fmt: skip

# A line that was wrapped for the sake of its asynchronous words, without a last comma.
WRAPPED = re.compile(
    r"^(?P<head>(?P<indent> *)\S.*[(\[{])\n(?P=indent)    (?P<body>\S.*[^,\n])\n(?P=indent)(?P<tail>[)\]}].*)$",
    re.MULTILINE,
)
LINE_LENGTH = 88  # of the project

# Coroutines in both modes: FastAPI sends plain functions to a thread, which a
# dependency or a liveness check is too small for, and has asynchronous lifespans only.
ALWAYS_ASYNC = (
    "app/http/body_limit.py",
    "app/http/deadline.py",
    "app/http/dependencies.py",
    "app/http/health.py",
    "app/http/methods.py",
    "app/http/problems.py",
    "app/http/threads.py",
    "app/main.py",
    "tests/test_deadline.py",
    "tests/test_threads.py",
)

# The files to derive. Of the Markdown page, the text about the code is derived as well.
DERIVED = ("app/**/*.py", "tests/**/*.py", "ARCHITECTURE.md")
PASSWORD_PLACEHOLDER = "change-me"

OVERLAYS = Path("overlays")
ON_FAILURE = "{{ cookiecutter | on_failure }}"
PATIENCE = 3  # seconds, for cookiecutter to end


def main() -> None:
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(Path.cwd()))
    from bootstrap.__main__ import finish
    from bootstrap.endings import told_in_words

    with told_in_words(), removed_when_interrupted():
        # Should the assembly fail, the bootstrap can do it again from this.
        write_whole(OVERLAYS / "assembly.py", Path(__file__).read_text(encoding="utf-8"))
        assemble()
        if read_answers()["install"]:
            finish()
        else:
            print(f"Finish it later: {way_to_finish()}")


def assemble() -> None:
    """Make one project of all the variants; begins anew where it was interrupted."""
    answers = read_answers()
    lay_overlays(*overlays_for(answers))
    if answers["concurrency"] == "sync":
        derive_sync()
    write_env_file()
    remove_overlays()


def read_answers() -> dict[str, str]:
    """Give what cookiecutter was told."""
    answers: dict[str, str] = json.loads("{{ cookiecutter | json_in_quotes }}")
    return answers


def way_to_finish() -> str:
    python = "python" if os.name == "nt" else "python3"
    return f"cd {Path.cwd().name} && {python} -m bootstrap"


def overlays_for(answers: dict[str, str]) -> list[str]:
    """Name the overlays that the answers ask for."""
    style, sample = answers["data_access"], answers["sample"]
    servers = [] if answers["database"] == "sqlite" else ["server"]
    samples = [] if sample == "none" else [sample, f"{sample}-{style}"]
    return [answers["concurrency"], *servers, answers["database"], style, *samples]


def lay_overlays(*names: str) -> None:
    """Copy the named overlays over the project, as cookiecutter rendered the rest of it."""
    skipping = (OVERLAYS / "rendered").read_text(encoding="utf-8") == "no\n"
    for name in names:
        for source in files_in(OVERLAYS / name):
            target = source.relative_to(OVERLAYS, name)
            if skipping and target.exists():
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)


def files_in(folder: Path) -> list[Path]:
    """Give the files below a folder. Raises FileNotFoundError when there are none."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    if not files:
        raise FileNotFoundError(folder)
    return files


def remove_overlays() -> None:
    """Remove the overlays at one stroke: a part of them cannot be laid again."""
    aside = Path("bootstrap", OVERLAYS)
    shutil.rmtree(aside, ignore_errors=True)
    OVERLAYS.rename(aside)
    shutil.rmtree(aside)


def derive_sync() -> None:
    """Rewrite the project's own code from async to sync."""
    kept = {path for pattern in ALWAYS_ASYNC for path in Path().glob(pattern)} | untouched()
    derived = {path for pattern in DERIVED for path in Path().glob(pattern)}
    for path in derived - kept:
        text = path.read_text(encoding="utf-8")
        path.write_text(to_sync(text), encoding="utf-8", newline="\n")


def untouched() -> set[Path]:
    """Give the code that was there before the generation and was not written over."""
    record = OVERLAYS / "before.json"
    if not record.exists():
        return set()
    before = json.loads(record.read_text(encoding="utf-8"))
    return {Path(name) for name, at in before.items() if Path(name).stat().st_mtime_ns == at}


def to_sync(source: str) -> str:
    """Give the synchronous form of asynchronous Python source."""
    for pattern, replacement in TO_SYNC:
        source = re.sub(pattern, replacement, source)
    return WRAPPED.sub(join_if_short, source)


def join_if_short(wrapped: re.Match[str]) -> str:
    """Join what fits into one line, as the project's formatter does."""
    joined = wrapped["head"] + wrapped["body"] + wrapped["tail"]
    if wrapped["head"].endswith((" (", "= [")) or len(joined) > LINE_LENGTH:
        return wrapped[0]
    return joined


def write_env_file() -> None:
    """Write ``.env`` from its example with fresh secrets, readable by its owner alone.

    An ``.env`` that is there already stays: its secrets may be in use.
    """
    if Path(".env").exists():
        print("  .env exists already: left as it is")
        return
    example = Path(".env.example").read_text(encoding="utf-8")
    password = secrets.token_urlsafe(24)
    write_whole(Path(".env"), example.replace(PASSWORD_PLACEHOLDER, password))


def write_whole(path: Path, text: str) -> None:
    """Write a file for its owner alone, the whole of it or nothing."""
    part = path.with_name(f"{path.name}.part")
    part.touch(mode=0o600)
    if os.name == "posix":
        part.chmod(0o600)
    part.write_text(text, encoding="utf-8", newline="\n")
    part.replace(path)


@contextmanager
def removed_when_interrupted() -> Iterator[None]:
    """Do for a project what cookiecutter does when this hook fails.

    Ctrl-C at a terminal ends cookiecutter as well, which then leaves the project behind.
    """
    cookiecutter = os.getppid()
    try:
        yield
    except KeyboardInterrupt:
        if ON_FAILURE == "remove" and ends(cookiecutter):
            project = Path.cwd()
            os.chdir(project.parent)
            shutil.rmtree(project)
        raise


def ends(parent: int) -> bool:
    """Wait for the parent of this process, and say whether it has ended."""
    patience = time.monotonic() + PATIENCE
    while os.getppid() == parent and time.monotonic() < patience:
        time.sleep(0.01)
    return os.getppid() != parent


if __name__ == "__main__":
    main()
