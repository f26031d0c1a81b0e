"""The lock that lets one migration run at a time."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import URL, Connection, NullPool, create_engine
from sqlalchemy.exc import DBAPIError

from app.database.codes import code_of
from app.errors import Unavailable
from app.settings import Settings


@contextmanager
def hold_migration_lock(_connection: Connection, settings: Settings) -> Iterator[None]:
    """Wait for other migrations, and block them until this one ends.

    The write lock of the database ends with each transaction, and revisions may commit.
    This one is on an empty file beside it, and ends with the process at the latest.
    Raises Unavailable after ``database_migration_lock_timeout``.
    """
    timeout = settings.database_migration_lock_timeout
    engine = create_engine(
        URL.create("sqlite", database=f"{settings.database_url.database}-lock"),
        connect_args={"isolation_level": None, "timeout": timeout},
        poolclass=NullPool,
    )
    with engine.connect() as lock:
        try:
            lock.exec_driver_sql("BEGIN EXCLUSIVE")
        except DBAPIError as error:
            if code_of(error) != "SQLITE_BUSY":
                raise
            raise Unavailable(
                f"Another migration is still running after {timeout} seconds; "
                "see APP_DATABASE_MIGRATION_LOCK_TIMEOUT."
            ) from None
        yield
