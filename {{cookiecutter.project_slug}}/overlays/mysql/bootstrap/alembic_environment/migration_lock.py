"""The lock that lets one migration run at a time."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, func, select

from app.errors import Unavailable
from app.settings import Settings

NAME_LENGTH = 64  # the server refuses longer names


@contextmanager
def hold_migration_lock(connection: Connection, settings: Settings) -> Iterator[None]:
    """Wait for other migrations, then block them until the connection closes.

    The lock belongs to the connection and not to a transaction: DDL commits. The server
    releases it when the process is killed. Raises Unavailable after
    ``database_migration_lock_timeout``.
    """
    timeout = settings.database_migration_lock_timeout
    # The names of locks are shared by all databases of the server.
    name = f"alembic:{settings.database_url.database}"[:NAME_LENGTH]
    with connection.begin():
        taken = connection.scalar(select(func.get_lock(name, timeout)))
    if not taken:
        raise Unavailable(
            f"Another migration is still running after {timeout} seconds; "
            "see APP_DATABASE_MIGRATION_LOCK_TIMEOUT."
        )
    yield
