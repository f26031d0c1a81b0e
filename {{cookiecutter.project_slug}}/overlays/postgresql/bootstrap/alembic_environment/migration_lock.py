"""The lock that lets one migration run at a time."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, event, func, select, text

from app.errors import Unavailable
from app.settings import Settings

# Any number that nothing else in the database uses.
KEY = 7_133_701_809
POLL = 0.2  # seconds


@contextmanager
def hold_migration_lock(connection: Connection, settings: Settings) -> Iterator[None]:
    """Wait for other migrations, then block them until the connection closes.

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
    _limit_lock_waits(connection, settings.database_lock_timeout)
    yield


def _take(connection: Connection) -> bool:
    # Do not wait in the server: CREATE INDEX CONCURRENTLY, in the migration that has
    # the lock, waits for every statement that began before it.
    with connection.begin():
        return bool(connection.scalar(select(func.pg_try_advisory_lock(KEY))))


def _limit_lock_waits(connection: Connection, seconds: int) -> None:
    """Limit how long the migration waits for a table, because others wait behind it.

    In an autocommit block there is no limit: CREATE INDEX CONCURRENTLY waits for other
    transactions without blocking them, and would leave an invalid index.
    """

    @event.listens_for(connection, "begin")
    def set_limit(connection: Connection) -> None:
        if connection.get_execution_options().get("isolation_level") != "AUTOCOMMIT":
            connection.execute(text(f"SET LOCAL lock_timeout = '{seconds}s'"))
