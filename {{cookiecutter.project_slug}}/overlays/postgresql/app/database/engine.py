"""The engines for PostgreSQL: pools, time limits and the session's time zone."""

# {% if cookiecutter.driver == "asyncpg" %}
from contextlib import suppress
# {% endif %}
from functools import partial
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

from app.database.direct import direct_settings
from app.database.parameters import MARK, require_parameters, session_parameters
from app.database.pings import ping_idle_connections
from app.database.pooler import create_pooled_engine, create_pooled_read_engine
from app.database.pooling import close_unless_kept, pool_options
# {% if cookiecutter.driver == "asyncpg" %}
from app.database.url import driver_url
# {% endif %}
from app.observability.statements import observe_statements
from app.settings import Settings


def create_database_engine(settings: Settings) -> AsyncEngine:
    """Create the engine of the service; it connects when first used."""
    if settings.database_pooler == "transaction":
        return create_pooled_engine(settings, partial(_create_engine, settings))
    return _create_direct_engine(settings)


def create_read_engine(settings: Settings) -> Engine:
    """Create an engine for reads, with a pool of its own.

    A read in autocommit mode costs one round trip, without BEGIN and ROLLBACK. A second
    pool is cheaper than switching a connection into that mode and back.
    """
    if settings.database_pooler == "transaction":
        create = partial(_create_engine, settings)
        return create_pooled_read_engine(settings, create).sync_engine
    engine = _create_direct_engine(
        settings, isolation_level="AUTOCOMMIT", skip_autocommit_rollback=True
    ).sync_engine
    event.listen(engine, "connect", _refuse_writes)
    return engine


def _create_direct_engine(settings: Settings, **transactions: Any) -> AsyncEngine:
    parameters = {MARK: "on", **session_parameters(settings)}
    session = _session_args(settings, parameters)
    engine = _create_engine(settings, session, **transactions)
    require_parameters(engine.sync_engine)
    return engine


def _create_engine(
    settings: Settings, connect_args: dict[str, Any], **transactions: Any
) -> AsyncEngine:
    engine = create_async_engine(
        # {% if cookiecutter.driver == "asyncpg" %}
        driver_url(settings.database_url),
        # {% else %}
        settings.database_url,
        # {% endif %}
        echo=settings.database_echo,
        # Statement values are user data: keep them out of the logs.
        hide_parameters=not settings.debug,
        connect_args=_connect_args(settings) | connect_args,
        **pool_options(settings),
        **transactions,
    )
    ping_idle_connections(engine.sync_engine)
    close_unless_kept(engine.sync_engine, settings)
    observe_statements(engine.sync_engine, settings.database_slow_query)
    return engine


def _refuse_writes(connection: DBAPIConnection, _record: object) -> None:
    # Not in the connection's options: libpq would then find no server that can write.
    cursor = connection.cursor()
    cursor.execute("SET default_transaction_read_only = on")
    cursor.close()


def create_maintenance_engine(settings: Settings, **options: Any) -> AsyncEngine:
    """Create an engine for migrations, whose statements have no time limit.

    It keeps no connections, and goes round a pooler. Takes the options of
    create_engine. Raises SettingsError where there is no way round the pooler.
    """
    settings = direct_settings(settings)
    session = _session_args(settings, {"timezone": "UTC"})
    return create_async_engine(
        # {% if cookiecutter.driver == "asyncpg" %}
        driver_url(settings.database_url),
        # {% else %}
        settings.database_url,
        # {% endif %}
        echo=settings.database_echo,
        connect_args=_connect_args(settings) | session,
        poolclass=NullPool,
        **options,
    )


def _session_args(settings: Settings, parameters: dict[str, str]) -> dict[str, Any]:
    """Return the arguments that set the session; the URL's options override others."""
    options = [f"-c {name}={value}" for name, value in parameters.items()]
    options.append(str(settings.database_url.query.get("options", "")))
    # {% if cookiecutter.driver == "asyncpg" %}
    return {"server_settings": {"options": " ".join(options).strip()}}
    # {% else %}
    return {"options": " ".join(options).strip()}
    # {% endif %}


def _connect_args(settings: Settings) -> dict[str, Any]:
    """Return the arguments to connect with; a timeout of the URL overrides ours."""
    query = settings.database_url.query
    timeout = int(str(query.get("connect_timeout", 0)))
    # {% if cookiecutter.driver == "asyncpg" %}
    return {
        "async_creator_fn": _connect,
        "timeout": timeout or settings.database_connect_timeout,
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
    silence = settings.database_statement_timeout
    return {
        "connect_timeout": timeout or settings.database_connect_timeout,
        # A network that loses everything fails a request, not hours of them: what the
        # server does not confirm in time is given up, and so is a server that confirmed
        # a statement, does not answer, and shows no sign of life when asked for it.
        # https://www.postgresql.org/docs/current/libpq-connect.html
        "tcp_user_timeout": 1000 * silence,
        "keepalives_idle": query.get("keepalives_idle", silence),
        "keepalives_interval": query.get("keepalives_interval", 1),
    }
    # {% endif %}
