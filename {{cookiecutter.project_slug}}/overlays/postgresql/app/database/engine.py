"""The engine for PostgreSQL: the pool, time limits and the session's time zone."""

from typing import Any

# {% if cookiecutter.driver == "asyncpg" %}
from sqlalchemy import Dialect, NullPool, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
# {% elif cookiecutter.concurrency == "async" %}
from sqlalchemy import NullPool
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
# {% elif cookiecutter.driver == "psycopg2" %}
from sqlalchemy import Connection, Engine, NullPool, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
# {% else %}
from sqlalchemy import Engine, NullPool, create_engine
# {% endif %}

from app.database.pings import ping_idle_connections
from app.settings import Settings


def create_database_engine(settings: Settings) -> AsyncEngine:
    """Make the engine of the service; it connects when first used."""
    # https://www.postgresql.org/docs/current/runtime-config-client.html
    limits = {
        "statement_timeout": f"{settings.database_statement_timeout}s",
        "lock_timeout": f"{settings.database_lock_timeout}s",
    }
    engine = create_async_engine(
        settings.database_url,
        echo=settings.database_echo,
        # The values of a statement are the data of users, and logs are no place for it.
        hide_parameters=not settings.debug,
        connect_args=_connect_args(settings, limits),
        pool_size=settings.database_pool_size,
        # Connections above the size would be opened and closed under load.
        max_overflow=0,
        pool_timeout=settings.database_pool_timeout,
    )
    ping_idle_connections(engine.sync_engine)
    # {% if cookiecutter.driver == "asyncpg" %}
    event.listen(engine.sync_engine, "do_connect", _connect)
    # {% elif cookiecutter.driver == "psycopg2" %}
    event.listen(engine, "begin", _begin)
    event.listen(engine, "checkin", _end)
    # {% endif %}
    return engine


def create_read_engine(engine: AsyncEngine, _settings: Settings) -> AsyncEngine:
    """Make the engine's double, on the same pool, for sessions that only read.

    A read has no transaction: without BEGIN and ROLLBACK it costs one round trip.
    """
    # {% if cookiecutter.driver == "psycopg2" %}
    return engine.execution_options(read_only=True)
    # {% else %}
    return engine.execution_options(isolation_level="AUTOCOMMIT")
    # {% endif %}


def create_maintenance_engine(settings: Settings, **options: Any) -> AsyncEngine:
    """Make an engine for migrations, whose statements take the time that they need.

    It keeps no connections. Takes the options of create_engine.
    """
    engine = create_async_engine(
        settings.database_url,
        echo=settings.database_echo,
        connect_args=_connect_args(settings, {}),
        poolclass=NullPool,
        **options,
    )
    # {% if cookiecutter.driver == "asyncpg" %}
    event.listen(engine.sync_engine, "do_connect", _connect)
    # {% endif %}
    return engine


# {% if cookiecutter.driver == "asyncpg" %}
def _connect(
    dialect: Dialect, _record: object, arguments: list[Any], options: dict[str, Any]
) -> DBAPIConnection:
    # What asyncpg raises when it cannot connect is no error of a database by itself.
    try:
        return dialect.connect(*arguments, **options)
    except OSError as error:
        raise dialect.loaded_dbapi.OperationalError(repr(error)) from error


# {% elif cookiecutter.driver == "psycopg2" %}
def _begin(connection: Connection) -> None:
    # SQLAlchemy's own isolation level AUTOCOMMIT sends a SET on its way in and out.
    if connection.get_execution_options().get("read_only"):
        _set_autocommit(connection.connection.dbapi_connection, True)


def _end(connection: DBAPIConnection | None, _record: object) -> None:
    if connection is not None:  # None if it was lost
        _set_autocommit(connection, False)


def _set_autocommit(connection: Any, value: bool) -> None:
    connection.autocommit = value


# {% endif %}
def _connect_args(settings: Settings, limits: dict[str, str]) -> dict[str, Any]:
    parameters = {"timezone": "UTC", **limits}
    # {% if cookiecutter.driver == "asyncpg" %}
    return {
        "timeout": settings.database_connect_timeout,
        "server_settings": parameters,
    }
    # {% else %}
    return {
        "connect_timeout": settings.database_connect_timeout,
        # A network that loses everything fails a request, not hours of them.
        "tcp_user_timeout": 1000 * settings.database_statement_timeout,
        "options": " ".join(f"-c {name}={value}" for name, value in parameters.items()),
    }
    # {% endif %}
