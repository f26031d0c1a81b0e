"""The engine for MySQL and MariaDB: the pool, time limits, character set, time zone."""

from typing import Any

# {% if cookiecutter.concurrency == "async" %}
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
# {% else %}
from sqlalchemy import Engine, create_engine
# {% endif %}

from app.settings import Settings

# Execution options of a session that only reads. It stays a transaction: leaving and
# entering autocommit would cost more round trips than its ROLLBACK.
READ_ONLY: dict[str, Any] = {}


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
        # InnoDB's default, REPEATABLE READ, locks gaps between rows.
        "isolation_level": "READ COMMITTED",
        "pool_size": settings.database_pool_size,
        # Connections above the size would be opened and closed under load.
        "max_overflow": 0,
        "pool_timeout": settings.database_pool_timeout,
        # A connection that died while idle is found before it fails a request.
        "pool_pre_ping": True,
        # The server closes idle connections after wait_timeout, 8 hours by default.
        "pool_recycle": 3600,
    }


def _connect_args(settings: Settings) -> dict[str, Any]:
    return {
        "charset": "utf8mb4",
        "connect_timeout": settings.database_connect_timeout,
        "init_command": (
            "SET time_zone = '+00:00', "
            f"innodb_lock_wait_timeout = {settings.database_lock_timeout}"
        ),
    }
