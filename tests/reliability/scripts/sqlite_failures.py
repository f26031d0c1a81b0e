"""Failures as SQLite has them."""

import resource
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from app.database.database import Database
from app.errors import Invalid, Retryable, Unavailable
from app.settings import load_settings
from app.users.models import User
from sqlalchemy import select, text

from .common import begun, execute, opened, run_one
from .failures import Failures, add_user, ask_to_read, unreachable

PAGE = 4096


def file() -> Path:
    """Return the file of the database."""
    return Path(str(load_settings().database_url.database))


async def wait_for_a_writer() -> None:
    """Write while somebody else writes."""
    async with opened() as database, begun(database) as writer:
        await add_user(writer, "ann")
        async with opened(database_busy_timeout=0.1) as other, begun(other) as waiting:
            await add_user(waiting, "ann")


async def write_after_a_snapshot() -> None:
    """Write in a transaction that began by reading, after somebody else has written."""
    async with opened() as database, opened() as others, begun(database) as transaction:
        await transaction.execute(text("ROLLBACK"))  # of a transaction that would lock at once
        await transaction.execute(text("BEGIN"))
        await transaction.execute(select(User.id))
        touch = "UPDATE alembic_version SET version_num = version_num"
        await others.transaction(execute, touch)
        await add_user(transaction, "ann")


@asynccontextmanager
async def copied(**options: str) -> AsyncIterator[tuple[Path, Database]]:
    """Copy the file, and open the copy with options."""
    with TemporaryDirectory() as folder:
        copy = Path(folder, "copy.db")
        shutil.copyfile(file(), copy)
        url = load_settings().database_url.set(
            database=f"file:{copy}", query={"uri": "true", **options}
        )
        async with opened(database_url=url) as database:
            yield copy, database


async def write_to_a_readonly_file() -> None:
    """Write to a file that may only be read."""
    async with copied(mode="ro") as (_, database), begun(database) as transaction:
        await add_user(transaction, "ann")


async def fill_the_disk() -> None:
    """Write more than there is room for."""
    async with opened() as database, begun(database) as transaction:
        pages = await transaction.scalar(text("PRAGMA page_count"))
        await transaction.execute(text(f"PRAGMA max_page_count = {pages}"))
        await add_user(transaction, "ann", bio="b" * 100 * PAGE)


async def write_beyond_the_limit() -> None:
    """Write more to a file than the operating system allows to this process."""
    unlimited = resource.getrlimit(resource.RLIMIT_FSIZE)
    async with opened() as database, begun(database) as transaction:
        limit = 100 * PAGE + file().stat().st_size
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, unlimited[1]))
        try:
            # More than SQLite keeps in memory until the commit.
            await add_user(transaction, "ann", bio="b" * 2000 * PAGE)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, unlimited)


async def read_what_is_no_database() -> None:
    """Read a file that holds something else."""
    with TemporaryDirectory() as folder:
        other = Path(folder, "other.db")
        other.write_text("This is no database. " * PAGE, encoding="utf-8")
        url = load_settings().database_url.set(database=str(other))
        await ask_to_read(database_url=url)


async def read_a_corrupt_file() -> None:
    """Read a file of which all pages but the first were overwritten."""
    async with copied() as (copy, database):
        content = copy.read_bytes()
        copy.write_bytes(content[:PAGE].ljust(len(content), b"\xff"))
        await database.fetch_rows(select(User.email))


CODES = {
    "unique": "SQLITE_CONSTRAINT_UNIQUE",
    "foreign key, missing row": "SQLITE_CONSTRAINT_FOREIGNKEY",
    "foreign key, row in use": "SQLITE_CONSTRAINT_TRIGGER",
    "check": "SQLITE_CONSTRAINT_CHECK",
    "not null": "SQLITE_CONSTRAINT_NOTNULL",
    "busy": "SQLITE_BUSY",
    "busy, old snapshot": "SQLITE_BUSY_SNAPSHOT",
    "file read-only": "SQLITE_READONLY",
    "disk full": "SQLITE_FULL",
    "file is no database": "SQLITE_NOTADB",
    "disk error": "SQLITE_IOERR",
    "file corrupt": "SQLITE_CORRUPT",
    "folder missing, to read": "SQLITE_CANTOPEN",
    "too large": "SQLITE_TOOBIG",
    "no integer": "SQLITE_MISMATCH",
}

FAILURES: Failures = {
    "busy": (Unavailable, wait_for_a_writer),
    "busy, old snapshot": (Retryable, write_after_a_snapshot),
    "file read-only": (Unavailable, write_to_a_readonly_file),
    "disk full": (Unavailable, fill_the_disk),
    "file is no database": (Unavailable, read_what_is_no_database),
    "disk error": (Unavailable, write_beyond_the_limit),
    "file corrupt": (Unavailable, read_a_corrupt_file),
    "too large": (Invalid, lambda: run_one("SELECT zeroblob(2000000000)")),
    "no integer": (Invalid, lambda: run_one("UPDATE alembic_version SET rowid = 'one'")),
    **unreachable("folder missing", database="no/such/folder/test.db"),
}
