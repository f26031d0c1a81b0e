"""The engine for SQLite: pragmas, transactions and the size of the pool."""

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

# Execution options of a session that only reads.
READ_ONLY: dict[str, Any] = {"read_only": True}


def create_database_engine(
    settings: Settings,
    *,
    foreign_keys: bool = True,
) -> AsyncEngine:
    """Make the engine; it connects when first used.

    Migrations turn ``foreign_keys`` off: dropping a table that is being replaced would
    delete the rows that refer to it, https://www.sqlite.org/lang_altertable.html
    """
    engine = create_async_engine(
        settings.database_url,
        echo=settings.database_echo,
        pool_size=settings.database_pool_size,
        max_overflow=0,
        pool_timeout=settings.database_pool_timeout,
        connect_args={
            # Transactions begin where we say so, below, and nowhere else.
            "isolation_level": None,
            "timeout": settings.database_busy_timeout,
        },
    )
    pragmas = (
        f"foreign_keys = {'ON' if foreign_keys else 'OFF'}",  # SQLite's default is OFF
        "journal_mode = WAL",  # readers and a writer at the same time
        "synchronous = NORMAL",  # safe with WAL
    )
    event.listen(engine.sync_engine, "connect", partial(_set_pragmas, pragmas))
    event.listen(engine.sync_engine, "begin", _begin)
    return engine


def _set_pragmas(
    pragmas: Iterable[str], connection: DBAPIConnection, _record: object
) -> None:
    cursor = connection.cursor()
    for pragma in pragmas:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    """Take the write lock at once, or let each statement of a reader stand alone.

    A transaction that reads first and asks for the lock later fails or, worse, writes
    over what it has not seen: https://www.sqlite.org/lang_transaction.html
    """
    if not connection.get_execution_options().get("read_only"):
        connection.exec_driver_sql("BEGIN IMMEDIATE")
