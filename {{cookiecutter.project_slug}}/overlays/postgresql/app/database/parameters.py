"""What the sessions of the service are set to: a time zone, and time limits.

https://www.postgresql.org/docs/current/runtime-config-client.html
"""

from functools import partial
from typing import Any

from sqlalchemy import Dialect, Engine, event
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
