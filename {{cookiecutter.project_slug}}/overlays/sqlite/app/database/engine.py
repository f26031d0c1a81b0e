"""The engines for SQLite: pools, pragmas and transactions."""

from collections.abc import Iterable
from functools import partial
from typing import Any

# {% if cookiecutter.concurrency == "async" %}
from sqlalchemy import Connection, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
# {% else %}
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
# {% endif %}

from app.settings import Settings

MAINTENANCE_PATIENCE = 300.0  # seconds


def create_database_engine(settings: Settings) -> AsyncEngine:
    """Make the engine of the service; it connects when first used."""
    return _create_writing_engine(settings, settings.database_busy_timeout, "ON")


def create_read_engine(settings: Settings) -> AsyncEngine:
    """Make an engine, with a pool of its own, for sessions that only read.

    Each statement stands alone: there is no transaction to begin and to end.
    """
    return _create_engine(
        settings,
        settings.database_busy_timeout,
        "query_only = ON",
        isolation_level="AUTOCOMMIT",
        skip_autocommit_rollback=True,
    )


def create_maintenance_engine(settings: Settings) -> AsyncEngine:
    """Make an engine for migrations, which wait for each other as long as it takes.

    It does not enforce foreign keys: dropping a table that is being replaced would
    delete the rows that refer to it, https://www.sqlite.org/lang_altertable.html
    """
    return _create_writing_engine(settings, MAINTENANCE_PATIENCE, "OFF")


def _create_writing_engine(
    settings: Settings, busy_timeout: float, foreign_keys: str
) -> AsyncEngine:
    engine = _create_engine(
        settings,
        busy_timeout,
        f"foreign_keys = {foreign_keys}",  # SQLite's default is OFF
    )
    event.listen(engine.sync_engine, "begin", _begin)
    event.listen(engine.sync_engine, "reset", _end_transaction)
    return engine


def _create_engine(
    settings: Settings, busy_timeout: float, pragma: str, **transactions: Any
) -> AsyncEngine:
    engine = create_async_engine(
        settings.database_url,
        echo=settings.database_echo,
        # The values of a statement are the data of users, and logs are no place for it.
        hide_parameters=not settings.debug,
        pool_size=settings.database_pool_size,
        max_overflow=0,
        pool_timeout=settings.database_pool_timeout,
        connect_args={
            # Transactions begin where we say so, below, and nowhere else.
            "isolation_level": None,
            "timeout": busy_timeout,
        },
        **transactions,
    )
    pragmas = (
        "journal_mode = WAL",  # readers and a writer at the same time
        # A power cut cannot harm the file, but may take the last commits with it; FULL
        # keeps them, and waits for the disk at each.
        "synchronous = NORMAL",
        pragma,
    )
    event.listen(engine.sync_engine, "connect", partial(_set_pragmas, pragmas))
    return engine


def _set_pragmas(
    pragmas: Iterable[str], connection: DBAPIConnection, _record: object
) -> None:
    cursor = connection.cursor()
    for pragma in pragmas:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _end_transaction(connection: Any, _record: object, _state: object) -> None:
    """Roll back what could not be committed: SQLite keeps the transaction, and its lock.

    SQLAlchemy takes a transaction for ended when its COMMIT has failed.
    """
    # {% if cookiecutter.concurrency == "async" %}
    in_transaction = connection.driver_connection.in_transaction
    # {% else %}
    in_transaction = connection.in_transaction
    # {% endif %}
    if in_transaction:
        connection.rollback()


def _begin(connection: Connection) -> None:
    """Take the write lock at once.

    A transaction that reads first and asks for the lock later fails or, worse, writes
    over what it has not seen: https://www.sqlite.org/lang_transaction.html
    """
    connection.exec_driver_sql("BEGIN IMMEDIATE")
