"""Turn the rendered tree into the project that the answers describe.

The template holds every variant: overlays for the data access style and the database,
and the asynchronous form of all code. This hook assembles one project from them and then
runs the project's own ``bootstrap``, which creates the environment, the first migration
and the git repository. With install=no the bootstrap stays in the project for later.

A program that compares versions of the template renders both without a place for the
project. For such a comparison the hook leaves what follows the template, and nothing else:
no secrets, no bootstrap, no revisions of the schema.

In a folder that existed before, the hook overwrites the same files as cookiecutter does:
those that the template has as well, or none with ``--skip-if-file-exists``. It leaves
all other files of the user unchanged.
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
from typing import Any

# The derivation of synchronous code from asynchronous code: each row is a pattern and its
# replacement. They are applied in this order.
TO_SYNC = (
    (r"\basync (def|with|for)\b", r"\1"),
    (r"\bawait ", ""),
    (r"\basynccontextmanager\b", "contextmanager"),
    (r"\bAsyncIterator\b", "Iterator"),
    (r"\bfrom sqlalchemy\.ext\.asyncio import AsyncSession\b", "from sqlalchemy.orm import Session"),
    (r"\bfrom sqlalchemy\.ext\.asyncio import AsyncConnection\b", "from sqlalchemy import Connection"),
    (r"\bAsync(Connection|Engine|Session)\b", r"\1"),
    (r"\bcreate_async_engine\b", "create_engine"),
    (r"\.sync_engine\b", ""),
)  # fmt: skip

# A statement that is wrapped over three lines without a trailing comma. Without its
# asynchronous keywords it may fit on one line.
WRAPPED = re.compile(
    r"^(?P<head>(?P<indent> *)\S.*[(\[{])\n(?P=indent)    (?P<body>\S.*[^,\n])\n(?P=indent)(?P<tail>[)\]}].*)$",
    re.MULTILINE,
)
LINE_LENGTH = 88  # the formatter's limit in the project

# These files stay asynchronous in both modes. FastAPI runs plain functions in a thread,
# which costs more than a small dependency or a liveness check, and supports only
# asynchronous lifespans.
ALWAYS_ASYNC = (
    "app/admin/authentication.py",
    "app/admin/calls.py",
    "app/admin/site.py",
    "app/admin/tables.py",
    "app/auth/access.py",
    "app/auth/authentication.py",
    "app/auth/dependencies.py",
    "app/http/body_limit.py",
    "app/http/deadline.py",
    "app/http/dependencies.py",
    "app/http/docs.py",
    "app/http/health.py",
    "app/http/methods.py",
    "app/http/positions.py",
    "app/http/problems.py",
    "app/http/request_log.py",
    "app/http/threads.py",
    "app/mail/dependencies.py",
    "app/main.py",
    "tests/operator.py",
    "tests/test_deadline.py",
    "tests/test_threads.py",
)

# The files to derive. Of the Markdown page, the text about the code is derived as well.
DERIVED = ("app/**/*.py", "tests/**/*.py", "ARCHITECTURE.md")
# What stands for a secret in the example, and of how many random bytes the secret is made.
PLACEHOLDERS = {"change-me": 24, "change-this-key": 32}

OVERLAYS = Path("overlays")
OVERLAYS_USED = "{{ cookiecutter | overlays_for | join(' ') }}"
RECORD = Path(".cruft.json")
ON_FAILURE = "{{ cookiecutter | on_failure }}"
EXIT_TIMEOUT = 3  # seconds for cookiecutter to exit


def main() -> None:
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(Path.cwd()))
    from bootstrap.__main__ import finish
    from bootstrap.endings import told_in_words

    with told_in_words(), removed_when_interrupted():
        # If the assembly fails, the bootstrap repeats it with this copy.
        write_atomically(OVERLAYS / "assembly.py", Path(__file__).read_text(encoding="utf-8"))
        assemble()
        answers = read_answers()
        if is_for_comparison(answers):
            leave_what_follows_the_template()
        elif answers["install"]:
            finish()
        else:
            print(f"Finish it later: {command_to_finish()}")


def assemble() -> None:
    """Assemble one project from the variants. It can be repeated after an interruption."""
    answers = read_answers()
    lay_overlays(*OVERLAYS_USED.split())
    if answers["concurrency"] == "sync":
        derive_sync()
    if not is_for_comparison(answers):
        write_env_file()
        write_record()
    remove_overlays()


def read_answers() -> dict[str, Any]:
    """Return the answers that cookiecutter was given, and what it adds to them."""
    answers: dict[str, Any] = json.loads("{{ cookiecutter | json_in_quotes }}")
    return answers


def is_for_comparison(answers: dict[str, Any]) -> bool:
    """Return whether a program that compares versions of the template renders this one.

    Such a program takes install=no from the record, and, other than cookiecutter's own
    command, does not say where the project is to be.
    """
    return not answers["install"] and "_output_dir" not in answers


def leave_what_follows_the_template() -> None:
    """Put the migrations' environment into its place, and remove the bootstrap."""
    Path("bootstrap", "alembic_environment").rename("migrations")
    shutil.rmtree("bootstrap")


def command_to_finish() -> str:
    """Return the shell command that finishes a project that is not installed."""
    python = "python" if os.name == "nt" else "python3"
    return f"cd {Path.cwd().name} && {python} -m bootstrap"


def lay_overlays(*names: str) -> None:
    """Copy the named overlays over the project, without the files to skip."""
    skipping = is_skipping()
    for name in names:
        for source in files_in(OVERLAYS / name):
            target = source.relative_to(OVERLAYS, name)
            if skipping and target.exists():
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)


def is_skipping() -> bool:
    """Return whether cookiecutter skipped existing files (``--skip-if-file-exists``)."""
    return (OVERLAYS / "rendered").read_text(encoding="utf-8") == "no\n"


def files_in(folder: Path) -> list[Path]:
    """Return the files below a folder. Raise FileNotFoundError when there are none."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    if not files:
        raise FileNotFoundError(folder)
    return files


def remove_overlays() -> None:
    """Remove the overlays, by renaming them first.

    An interrupted removal would leave some of them, and these would be applied again.
    """
    aside = Path("bootstrap", OVERLAYS)
    shutil.rmtree(aside, ignore_errors=True)
    OVERLAYS.rename(aside)
    shutil.rmtree(aside)


def derive_sync() -> None:
    """Rewrite the project's own code from async to sync."""
    kept = {path for pattern in ALWAYS_ASYNC for path in Path().glob(pattern)} | not_overwritten()
    derived = {path for pattern in DERIVED for path in Path().glob(pattern)}
    for path in derived - kept:
        text = path.read_text(encoding="utf-8")
        path.write_text(to_sync(text), encoding="utf-8", newline="\n")


def not_overwritten() -> set[Path]:
    """Return the Python files that the generation found in the folder and did not overwrite."""
    record = OVERLAYS / "before.json"
    if not record.exists():
        return set()
    before = json.loads(record.read_text(encoding="utf-8"))
    return {Path(name) for name, at in before.items() if Path(name).stat().st_mtime_ns == at}


def to_sync(source: str) -> str:
    """Return the synchronous form of asynchronous Python source."""
    for pattern, replacement in TO_SYNC:
        source = re.sub(pattern, replacement, source)
    return WRAPPED.sub(join_if_short, source)


def join_if_short(wrapped: re.Match[str]) -> str:
    """Return a wrapped statement on one line if it fits, as the project's formatter does."""
    joined = wrapped["head"] + wrapped["body"] + wrapped["tail"]
    if wrapped["head"].endswith((" (", "= [")) or len(joined) > LINE_LENGTH:
        return wrapped[0]
    return joined


def write_env_file() -> None:
    """Write ``.env`` from its example with new secrets, readable by its owner alone.

    An existing ``.env`` is kept, because its secrets may be in use.
    """
    if Path(".env").exists():
        print("  .env exists already and is left unchanged")
        return
    example = Path(".env.example").read_text(encoding="utf-8")
    for placeholder, size in PLACEHOLDERS.items():
        example = example.replace(placeholder, secrets.token_urlsafe(size))
    write_atomically(Path(".env"), example)


def write_record() -> None:
    """Write the answers, and which version of the template they were given to."""
    if RECORD.exists() and is_skipping():
        return
    record = json.loads("{{ cookiecutter | record_in_quotes }}")
    text = json.dumps(record, ensure_ascii=False, indent=2)
    RECORD.write_text(f"{text}\n", encoding="utf-8", newline="\n")


def write_atomically(path: Path, text: str) -> None:
    """Write a file atomically, readable by its owner alone."""
    part = path.with_name(f"{path.name}.part")
    part.touch(mode=0o600)
    if os.name == "posix":
        part.chmod(0o600)
    part.write_text(text, encoding="utf-8", newline="\n")
    part.replace(path)


@contextmanager
def removed_when_interrupted() -> Iterator[None]:
    """Remove the project on Ctrl-C, as cookiecutter does when this hook fails.

    Ctrl-C at a terminal also interrupts cookiecutter, which then does not remove it.
    """
    cookiecutter = os.getppid()
    try:
        yield
    except KeyboardInterrupt:
        if ON_FAILURE == "remove" and wait_for_exit(cookiecutter):
            project = Path.cwd()
            os.chdir(project.parent)
            shutil.rmtree(project)
        raise


def wait_for_exit(parent: int) -> bool:
    """Wait until the parent of this process exits, and return whether it did in time."""
    deadline = time.monotonic() + EXIT_TIMEOUT
    while os.getppid() == parent and time.monotonic() < deadline:
        time.sleep(0.01)
    return os.getppid() != parent


if __name__ == "__main__":
    main()
