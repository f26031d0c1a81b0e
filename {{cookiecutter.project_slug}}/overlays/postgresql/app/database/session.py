"""What the sessions of the service are set to: a time zone, and time limits.

https://www.postgresql.org/docs/current/runtime-config-client.html
"""

from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DBAPIError

from app.database.codes import UNSUPPORTED_PARAMETER, code_of
from app.settings import Settings

USE_POOLER = (
    "If a pooler in transaction mode is before the server, set "
    "APP_DATABASE_POOLER=transaction."
)
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


def explain_refused_parameters(context: ExceptionContext) -> None:
    """Add the remedy to the message that the log has, when a pooler refuses them."""
    error = context.sqlalchemy_exception
    if isinstance(error, DBAPIError) and code_of(error) == UNSUPPORTED_PARAMETER:
        error.args = (f"{error.args[0]}. {USE_POOLER}",)
