"""The engines for PostgreSQL: pools, time limits and the session's time zone."""

from typing import Any

# {% if cookiecutter.driver == "asyncpg" %}
import asyncpg
from sqlalchemy import Engine, NullPool
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
# {% elif cookiecutter.concurrency == "async" %}
from sqlalchemy import Engine, NullPool
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
# {% else %}
from sqlalchemy import Engine, NullPool, create_engine
# {% endif %}

from app.database.pings import ping_idle_connections
from app.settings import Settings


def create_database_engine(settings: Settings) -> AsyncEngine:
    """Make the engine of the service; it connects when first used."""
    return _create_engine(settings, {})


def create_read_engine(settings: Settings) -> Engine:
    """Make an engine, with a pool of its own, for what only reads.

    A read in autocommit mode costs one round trip, without BEGIN and ROLLBACK. To take
    a connection into that mode and out of it costs more than a second pool does.
    """
    return _create_engine(
        settings,
        {"default_transaction_read_only": "on"},
        isolation_level="AUTOCOMMIT",
        skip_autocommit_rollback=True,
    ).sync_engine


def _create_engine(
    settings: Settings, parameters: dict[str, str], **transactions: Any
) -> AsyncEngine:
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
        connect_args=_connect_args(settings, limits | parameters),
        pool_size=settings.database_pool_size,
        # Connections above the size would be opened and closed under load.
        max_overflow=0,
        pool_timeout=settings.database_pool_timeout,
        **transactions,
    )
    ping_idle_connections(engine.sync_engine)
    return engine


def create_maintenance_engine(settings: Settings, **options: Any) -> AsyncEngine:
    """Make an engine for migrations, whose statements take the time that they need.

    It keeps no connections. Takes the options of create_engine.
    """
    return create_async_engine(
        settings.database_url,
        echo=settings.database_echo,
        connect_args=_connect_args(settings, {}),
        poolclass=NullPool,
        **options,
    )


def _connect_args(settings: Settings, parameters: dict[str, str]) -> dict[str, Any]:
    parameters = {"timezone": "UTC", **parameters}
    # {% if cookiecutter.driver == "asyncpg" %}
    return {
        "async_creator_fn": _connect,
        "timeout": settings.database_connect_timeout,
        "server_settings": parameters,
    }


async def _connect(**options: Any) -> asyncpg.Connection:
    # SQLAlchemy knows asyncpg's own errors, and this is not always one.
    try:
        return await asyncpg.connect(**options)
    except OSError as error:
        raise asyncpg.ClientCannotConnectError(repr(error)) from error
    # {% else %}
    return {
        "connect_timeout": settings.database_connect_timeout,
        # A network that loses everything fails a request, not hours of them.
        "tcp_user_timeout": 1000 * settings.database_statement_timeout,
        "options": " ".join(f"-c {name}={value}" for name, value in parameters.items()),
    }
    # {% endif %}
