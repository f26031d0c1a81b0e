"""The engines for SQLite: pools, pragmas and transactions."""

from functools import partial
from typing import Any

# {% if cookiecutter.concurrency == "async" %}
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
# {% else %}
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
# {% endif %}

from app.database.pooling import close_unless_kept, pool_options
from app.observability.statements import observe_statements
from app.settings import Settings


def create_database_engine(settings: Settings) -> AsyncEngine:
    """Create the engine of the service; it connects when first used."""
    engine = _create_writing_engine(settings, settings.database_busy_timeout, "ON")
    observe_statements(engine.sync_engine, settings.database_slow_query)
    return engine


def create_read_engine(settings: Settings) -> Engine:
    """Create an engine for reads, with a pool of its own.

    Each statement stands alone: there is no transaction to begin and to end.
    # {% if cookiecutter.concurrency == "async" %}
    It is synchronous, to be used in threads: aiosqlite goes to a thread, too, but for
    each step of a statement anew.
    # {% endif %}
    """
    engine = create_engine(
        # {% if cookiecutter.concurrency == "async" %}
        settings.database_url.set(drivername="sqlite"),
        # {% else %}
        settings.database_url,
        # {% endif %}
        isolation_level="AUTOCOMMIT",
        skip_autocommit_rollback=True,
        **_options(settings, settings.database_busy_timeout),
    )
    event.listen(engine, "connect", partial(_set_pragmas, "query_only = ON"))
    close_unless_kept(engine, settings)
    observe_statements(engine, settings.database_slow_query)
    return engine


def create_maintenance_engine(settings: Settings) -> AsyncEngine:
    """Create an engine for migrations, which wait longer for writers than requests do.

    It does not enforce foreign keys: dropping a table that is being replaced would
    delete the rows that refer to it, https://www.sqlite.org/lang_altertable.html
    """
    busy_timeout = settings.database_migration_lock_timeout
    return _create_writing_engine(settings, busy_timeout, "OFF")


def _create_writing_engine(
    settings: Settings, busy_timeout: float, foreign_keys: str
) -> AsyncEngine:
    options = _options(settings, busy_timeout)
    # {% if cookiecutter.concurrency == "sync" %}
    # SQLite has one writer at a time. Those of this process wait for it in the order in
    # which they came, and not by SQLite's own polling, which favours the latest.
    options["pool_size"] = 1
    # {% endif %}
    engine = create_async_engine(settings.database_url, **options)
    # SQLite's default is OFF.
    set_pragmas = partial(_set_pragmas, f"foreign_keys = {foreign_keys}")
    event.listen(engine.sync_engine, "connect", set_pragmas)
    event.listen(engine.sync_engine, "begin", _begin)
    event.listen(engine.sync_engine, "reset", _end_transaction)
    close_unless_kept(engine.sync_engine, settings)
    return engine


def _options(settings: Settings, busy_timeout: float) -> dict[str, Any]:
    return {
        "echo": settings.database_echo,
        # Statement values are user data: keep them out of the logs.
        "hide_parameters": not settings.debug,
        **pool_options(settings),
        "connect_args": {
            # Transactions begin in _begin, below, and nowhere else.
            "isolation_level": None,
            "timeout": busy_timeout,
        },
    }


def _set_pragmas(pragma: str, connection: DBAPIConnection, _record: object) -> None:
    pragmas = (
        "journal_mode = WAL",  # readers and a writer at the same time
        # A power cut cannot harm the file, but may take the last commits with it; FULL
        # keeps them, and waits for the disk at each.
        "synchronous = NORMAL",
        pragma,
    )
    cursor = connection.cursor()
    for each in pragmas:
        cursor.execute(f"PRAGMA {each}")
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
    if connection.get_execution_options().get("isolation_level") != "AUTOCOMMIT":
        connection.exec_driver_sql("BEGIN IMMEDIATE")
