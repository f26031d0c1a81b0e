"""The engine for PostgreSQL: the pool, time limits and the session's time zone."""

from typing import Any

# {% if cookiecutter.concurrency == "async" %}
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
# {% else %}
from sqlalchemy import Engine, create_engine
# {% endif %}

from app.settings import Settings

# Execution options of a session that only reads: no BEGIN, no ROLLBACK, so a read
# costs one round trip.
READ_ONLY: dict[str, Any] = {"isolation_level": "AUTOCOMMIT"}


def create_database_engine(settings: Settings, **options: Any) -> AsyncEngine:
    """Make the engine; it connects when first used. Takes create_engine's options."""
    return create_async_engine(
        settings.database_url,
        echo=settings.database_echo,
        connect_args=_connect_args(settings),
        **(options or _pool(settings)),
    )


def _pool(settings: Settings) -> dict[str, Any]:
    return {
        "pool_size": settings.database_pool_size,
        # Connections above the size would be opened and closed under load.
        "max_overflow": 0,
        "pool_timeout": settings.database_pool_timeout,
        # A connection that died while idle is found before it fails a request.
        "pool_pre_ping": True,
    }


def _connect_args(settings: Settings) -> dict[str, Any]:
    # https://www.postgresql.org/docs/current/runtime-config-client.html
    parameters = {
        "timezone": "UTC",
        "statement_timeout": f"{settings.database_statement_timeout:.3f}s",
        "lock_timeout": f"{settings.database_lock_timeout}s",
    }
    # {% if cookiecutter.driver == "asyncpg" %}
    return {
        "timeout": settings.database_connect_timeout,
        "server_settings": parameters,
    }
    # {% else %}
    return {
        "connect_timeout": settings.database_connect_timeout,
        "options": " ".join(f"-c {name}={value}" for name, value in parameters.items()),
    }
    # {% endif %}
