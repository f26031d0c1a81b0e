"""One migration at a time, for as long as it takes."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, func, select

from app.errors import Unavailable
from app.settings import Settings

# Any number will do that nothing else in the database uses.
KEY = 7_133_701_809
POLL = 0.2  # seconds


@contextmanager
def hold_migration_lock(connection: Connection, settings: Settings) -> Iterator[None]:
    """Wait for other migrations, then keep them waiting until the connection closes.

    The lock belongs to the connection and not to a transaction: revisions may commit.
    The server releases it when the process is killed. Raises Unavailable after
    ``database_migration_lock_timeout``.
    """
    timeout = settings.database_migration_lock_timeout
    deadline = time.monotonic() + timeout
    while not _take(connection):
        if time.monotonic() > deadline:
            raise Unavailable(
                f"Another migration is still running after {timeout} seconds; "
                "see APP_DATABASE_MIGRATION_LOCK_TIMEOUT."
            )
        time.sleep(POLL)
    yield


def _take(connection: Connection) -> bool:
    # CREATE INDEX CONCURRENTLY waits for every statement that began before it: one that
    # waits for this lock would wait for the migration that waits for it.
    with connection.begin():
        return bool(connection.scalar(select(func.pg_try_advisory_lock(KEY))))
