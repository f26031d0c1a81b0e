"""The remedies for errors of PostgreSQL that commands print."""

from sqlalchemy.exc import DBAPIError

from app.database.codes import UNSUPPORTED_PARAMETER
from app.database.parameters import USE_POOLER

REMEDIES: dict[str | None, str] = {
    UNSUPPORTED_PARAMETER: USE_POOLER,
    "3D000": "Create it by `python -m app.database create`.",
    "42501": "Grant it to the role of the database's URL, or use another role.",
    "55P03": (
        "Another transaction holds the table: try again when it has ended, or raise "
        "APP_DATABASE_LOCK_TIMEOUT."
    ),
}


def server_message(error: DBAPIError) -> str:
    """Return the server's message, or the reason why it cannot be reached."""
    # {% if cookiecutter.driver == "asyncpg" %}
    # SQLAlchemy's own error has a class before the message.
    cause = error.orig.__cause__ if error.orig else None
    return str(cause or error.orig)
    # {% else %}
    diagnostics = getattr(error.orig, "diag", None)
    message: str | None = getattr(diagnostics, "message_primary", None)
    return message or str(error.orig)
    # {% endif %}
