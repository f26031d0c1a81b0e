"""What the sessions of the service are set to: a time zone, and time limits.

https://www.postgresql.org/docs/current/runtime-config-client.html
"""

from functools import partial
from typing import Any

# {% if cookiecutter.driver == "asyncpg" %}
from sqlalchemy import Dialect, Engine, event
# {% else %}
from sqlalchemy import Connection, Dialect, Engine, event
# {% endif %}
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DBAPIError

from app.database.codes import UNSUPPORTED_PARAMETER, code_of
from app.settings import Settings

USE_POOLER = (
    "If a pooler in transaction mode is before the server, set "
    "APP_DATABASE_POOLER=transaction."
)
# A parameter of our own, by which a connection shows that it has the others.
MARK = "app.session"
READ_ONLY = "SET LOCAL transaction_read_only = on; "


def session_parameters(settings: Settings) -> dict[str, str]:
    """Return the parameters of every session by their names."""
    return {
        "timezone": "UTC",
        "statement_timeout": f"{settings.database_statement_timeout}s",
        "lock_timeout": f"{settings.database_lock_timeout}s",
        "idle_in_transaction_session_timeout": f"{settings.database_idle_timeout}s",
    }


def local_parameters(settings: Settings) -> str:
    """Return the statements that set them for one transaction."""
    parameters = session_parameters(settings)
    return "".join(
        f"SET LOCAL {name} = '{value}'; " for name, value in parameters.items()
    )


# {% if cookiecutter.driver != "asyncpg" %}
def set_at_begin(engine: Engine, settings: Settings) -> None:
    """Send the BEGIN of each transaction, which the driver does not, with its parameters."""
    begin = partial(_begin, f"BEGIN; {local_parameters(settings)}")
    event.listen(engine, "begin", begin)


def _begin(statements: str, connection: Connection) -> None:
    options = {"no_parameters": True}
    if connection.get_execution_options().get("isolation_level") != "AUTOCOMMIT":
        connection.exec_driver_sql(statements, execution_options=options)


# {% endif %}
def require_parameters(engine: Engine) -> None:
    """Let no connection into the pool that has lost its parameters.

    A pooler may refuse parameters, or be configured to ignore them. One that ignores
    them also runs prepared statements of other clients in place of ours.
    """
    event.listen(engine, "handle_error", _explain_refusal)
    event.listen(engine, "connect", partial(_require_mark, engine.dialect))


def _explain_refusal(context: ExceptionContext) -> None:
    error = context.sqlalchemy_exception
    if isinstance(error, DBAPIError) and code_of(error) == UNSUPPORTED_PARAMETER:
        error.args = (f"{error.args[0]}. {USE_POOLER}",)  # for the log


def _require_mark(dialect: Dialect, connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute(f"SELECT current_setting('{MARK}', true)")
    [mark] = cursor.fetchone()
    cursor.close()
    connection.rollback()
    if mark != "on":
        connection.close()
        raise dialect.loaded_dbapi.OperationalError(
            f"the parameters of the session were lost. {USE_POOLER}"
        )
