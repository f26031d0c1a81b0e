"""The engines for MySQL and MariaDB: pools, time limits, character set, time zone."""

# {% if cookiecutter.driver in ("aiomysql", "mysqlclient") %}
from functools import partial
# {% endif %}
from typing import Any

# {% if cookiecutter.driver == "aiomysql" %}
from sqlalchemy import Dialect, Engine, NullPool, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
# {% elif cookiecutter.concurrency == "async" %}
from sqlalchemy import Engine, NullPool, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
# {% elif cookiecutter.driver == "mysqlclient" %}
from sqlalchemy import Dialect, Engine, NullPool, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
# {% else %}
from sqlalchemy import Engine, NullPool, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
# {% endif %}

from app.database.pings import ping_idle_connections
from app.database.pooling import close_unless_kept, pool_options
from app.database.url import driver_args
from app.observability.statements import observe_statements
from app.settings import Settings
# {% if cookiecutter.driver in ("aiomysql", "mysqlclient") %}

SSL_CONNECTION_ERROR = 2026
# {% endif %}


def create_database_engine(settings: Settings) -> AsyncEngine:
    """Create the engine of the service; it connects when first used."""
    # InnoDB's default, REPEATABLE READ, locks gaps between rows.
    return _create_engine(settings, isolation_level="READ COMMITTED")


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
    engine = create_async_engine(
        settings.database_url.set(query={}),
        echo=settings.database_echo,
        # Statement values are user data: keep them out of the logs.
        hide_parameters=not settings.debug,
        # {% if cookiecutter.concurrency == "async" %}
        connect_args=_connect_args(settings, *_time_limits(settings)),
        # {% else %}
        connect_args={
            **_connect_args(settings, *_time_limits(settings)),
            # For a server that hangs, and does not keep to its own time limits.
            "read_timeout": settings.database_statement_timeout + 1,
            "write_timeout": settings.database_statement_timeout + 1,
        },
        # {% endif %}
        **pool_options(settings),
        # The server closes idle connections after wait_timeout, 8 hours by default.
        pool_recycle=3600,
        **transactions,
    )
    # {% if cookiecutter.driver in ("aiomysql", "mysqlclient") %}
    _insist_on_tls(engine.sync_engine, settings)
    # {% endif %}
    ping_idle_connections(engine.sync_engine)
    close_unless_kept(engine.sync_engine, settings)
    observe_statements(engine.sync_engine, settings.database_slow_query)
    return engine


def _refuse_writes(connection: DBAPIConnection, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("SET SESSION TRANSACTION READ ONLY")
    cursor.close()


def create_maintenance_engine(settings: Settings) -> AsyncEngine:
    """Create an engine for migrations, whose statements have no time limit.

    It keeps no connections.
    """
    engine = create_async_engine(
        settings.database_url.set(query={}),
        echo=settings.database_echo,
        connect_args=_connect_args(settings),
        poolclass=NullPool,
    )
    # {% if cookiecutter.driver in ("aiomysql", "mysqlclient") %}
    _insist_on_tls(engine.sync_engine, settings)
    # {% endif %}
    return engine


def _connect_args(settings: Settings, *limits: str) -> dict[str, Any]:
    # Locks on whole tables, which migrations take, have a timeout of their own, a day or
    # more by default; others wait behind a waiting migration.
    variables = (
        "time_zone = '+00:00'",
        f"innodb_lock_wait_timeout = {settings.database_lock_timeout}",
        f"lock_wait_timeout = {settings.database_lock_timeout}",
    )
    return {
        "charset": "utf8mb4",
        "connect_timeout": settings.database_connect_timeout,
        **driver_args(settings.database_url),
        "init_command": " ".join(["SET", ", ".join(variables), *limits]),
    }


def _time_limits(settings: Settings) -> tuple[str, str]:
    """Return the time limit of a statement in the syntax of MariaDB and of MySQL.

    Each server reads the comment that is meant for it. MySQL's limit is for SELECT
    only, in milliseconds. https://mariadb.com/kb/en/comment-syntax/
    """
    seconds = settings.database_statement_timeout
    return (
        f"/*M!100101 , max_statement_time = {seconds} */",
        f"/*!50708 , max_execution_time = {1000 * seconds} */",
    )
# {% if cookiecutter.driver in ("aiomysql", "mysqlclient") %}


def _insist_on_tls(engine: Engine, settings: Settings) -> None:
    """Refuse a server without TLS where the URL asks for it: the driver does not."""
    if settings.database_url.query.get("ssl_mode", "DISABLED") != "DISABLED":
        event.listen(engine, "connect", partial(_check_tls, engine.dialect))


def _check_tls(dialect: Dialect, connection: DBAPIConnection, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("SHOW SESSION STATUS LIKE 'Ssl_cipher'")
    status = cursor.fetchone()
    cursor.close()
    if not (status and status[1]):
        message = "TLS is required, but the server does not offer it"
        raise dialect.loaded_dbapi.OperationalError(SSL_CONNECTION_ERROR, message)
# {% endif %}
