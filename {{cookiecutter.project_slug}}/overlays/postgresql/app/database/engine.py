"""The engines for PostgreSQL: pools, time limits and the session's time zone."""

# {% if cookiecutter.driver == "asyncpg" %}
from contextlib import suppress
# {% endif %}
from typing import Any

# {% if cookiecutter.driver == "asyncpg" %}
import asyncpg
# {% endif %}
# {% if cookiecutter.concurrency == "async" %}
from sqlalchemy import Engine, NullPool, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
# {% else %}
from sqlalchemy import Engine, NullPool, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
# {% endif %}

from app.database.pings import ping_idle_connections
from app.database.pooling import close_unless_kept, connections_at_once
# {% if cookiecutter.driver == "asyncpg" %}
from app.database.url import driver_url
# {% endif %}
from app.settings import Settings


def create_database_engine(settings: Settings) -> AsyncEngine:
    """Create the engine of the service; it connects when first used."""
    return _create_engine(settings)


def create_read_engine(settings: Settings) -> Engine:
    """Create an engine for reads, with a pool of its own.

    A read in autocommit mode costs one round trip, without BEGIN and ROLLBACK. A second
    pool is cheaper than switching a connection into that mode and back.
    """
    engine = _create_engine(
        settings, isolation_level="AUTOCOMMIT", skip_autocommit_rollback=True
    ).sync_engine
    event.listen(engine, "connect", _refuse_writes)
    return engine


def _create_engine(settings: Settings, **transactions: Any) -> AsyncEngine:
    # https://www.postgresql.org/docs/current/runtime-config-client.html
    limits = {
        "statement_timeout": f"{settings.database_statement_timeout}s",
        "lock_timeout": f"{settings.database_lock_timeout}s",
    }
    engine = create_async_engine(
        # {% if cookiecutter.driver == "asyncpg" %}
        driver_url(settings.database_url),
        # {% else %}
        settings.database_url,
        # {% endif %}
        echo=settings.database_echo,
        # Statement values are user data: keep them out of the logs.
        hide_parameters=not settings.debug,
        connect_args=_connect_args(settings, limits),
        pool_size=connections_at_once(settings),
        # Connections above the size would be opened and closed under load.
        max_overflow=0,
        pool_timeout=settings.database_pool_timeout,
        **transactions,
    )
    ping_idle_connections(engine.sync_engine)
    close_unless_kept(engine.sync_engine, settings)
    return engine


def _refuse_writes(connection: DBAPIConnection, _record: object) -> None:
    # Not in the connection's options: libpq would then find no server that can write.
    cursor = connection.cursor()
    cursor.execute("SET default_transaction_read_only = on")
    cursor.close()


def create_maintenance_engine(settings: Settings, **options: Any) -> AsyncEngine:
    """Create an engine for migrations, whose statements have no time limit.

    It keeps no connections. Takes the options of create_engine.
    """
    return create_async_engine(
        # {% if cookiecutter.driver == "asyncpg" %}
        driver_url(settings.database_url),
        # {% else %}
        settings.database_url,
        # {% endif %}
        echo=settings.database_echo,
        connect_args=_connect_args(settings, {}),
        poolclass=NullPool,
        **options,
    )


def _connect_args(settings: Settings, parameters: dict[str, str]) -> dict[str, Any]:
    """Return the driver's arguments; parameters of the URL override the settings."""
    query = settings.database_url.query
    said = {"timezone": "UTC", **parameters}
    options = [f"-c {name}={value}" for name, value in said.items()]
    if "options" in query:
        options.append(str(query["options"]))
    timeout = int(str(query.get("connect_timeout", 0)))
    # {% if cookiecutter.driver == "asyncpg" %}
    return {
        "async_creator_fn": _connect,
        "timeout": timeout or settings.database_connect_timeout,
        "server_settings": {"options": " ".join(options)},
    }


async def _connect(
    host: Any = None, port: Any = None, **options: Any
) -> asyncpg.Connection:
    """Connect to the first host that will do; each has the whole timeout."""
    if not isinstance(host, list):
        return await _connect_to(host, port, **options)
    for each in zip(host[:-1], port, strict=False):
        with suppress(asyncpg.ClientCannotConnectError, asyncpg.CannotConnectNowError):
            return await _connect_to(*each, **options)
    return await _connect_to(host[-1], port[-1], **options)


async def _connect_to(host: Any, port: Any, **options: Any) -> asyncpg.Connection:
    # SQLAlchemy knows asyncpg's own errors, and these are not among them.
    try:
        return await asyncpg.connect(host=host, port=port, **options)
    except (OSError, asyncpg.TargetServerAttributeNotMatched) as error:
        raise asyncpg.ClientCannotConnectError(repr(error)) from error
    # {% else %}
    return {
        "connect_timeout": timeout or settings.database_connect_timeout,
        # A network that loses everything fails a request, not hours of them.
        "tcp_user_timeout": 1000 * settings.database_statement_timeout,
        "options": " ".join(options),
    }
    # {% endif %}
