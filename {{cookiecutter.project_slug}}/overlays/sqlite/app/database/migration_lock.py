"""One migration at a time, for as long as it takes."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

from sqlalchemy import Connection

from app.errors import Unavailable
from app.settings import Settings


@contextmanager
def hold_migration_lock(_connection: Connection, settings: Settings) -> Iterator[None]:
    """Wait for other migrations, and keep them waiting meanwhile.

    The write lock ends with each transaction, and revisions may commit. This one is on
    an empty file beside the database, and ends with the process at the latest. Raises
    Unavailable after ``database_migration_lock_timeout``.
    """
    file = f"{settings.database_url.database}-lock"
    with closing(_lock(file, settings.database_migration_lock_timeout)):
        yield


def _lock(file: str, timeout: int) -> sqlite3.Connection:
    try:
        lock = sqlite3.connect(file, timeout, isolation_level=None)
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorname != "SQLITE_BUSY":
            raise Unavailable(f"{file} cannot be locked: {error}.") from error
        raise Unavailable(
            f"Another migration is still running after {timeout} seconds; "
            "see APP_DATABASE_MIGRATION_LOCK_TIMEOUT."
        ) from error
    return lock
