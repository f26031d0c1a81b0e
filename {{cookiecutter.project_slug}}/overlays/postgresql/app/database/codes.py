"""What PostgreSQL's error codes mean.

The first two characters of a code are its class. A code that is in neither table means
a bug: wrong syntax, an unknown table, a statement after a failed one.
https://www.postgresql.org/docs/current/errcodes-appendix.html
"""

# {% if cookiecutter.driver == "asyncpg" %}
from sqlalchemy.exc import (
    DataError,
    DBAPIError,
    InternalError,
    NotSupportedError,
    OperationalError,
)
# {% else %}
from sqlalchemy.exc import DataError, DBAPIError, OperationalError
# {% endif %}

from app.errors import AppError, Conflict, Invalid, Refused, Retryable, Unavailable

CLASSES: dict[str, type[AppError]] = {
    "08": Unavailable,  # connection exception
    "22": Invalid,  # data exception: out of range, too long, no such character
    "23": Invalid,  # integrity constraint violation
    "28": Refused,  # invalid authorization specification: role, password, host
    "40": Retryable,  # transaction rollback: serialization failure, deadlock
    "44": Invalid,  # WITH CHECK OPTION violation
    "53": Unavailable,  # insufficient resources: disk, memory, connections
    "54": Invalid,  # program limit exceeded: larger than the server can take
    "57": Unavailable,  # operator intervention: time limits, shutdown
    "58": Unavailable,  # system error: files, input and output
    "F0": Unavailable,  # configuration file error
    "HV": Unavailable,  # foreign data wrapper error: a server behind the server
    "XX": Unavailable,  # internal error: damaged data, a fault of the server
}

# protocol_violation: a pooler that takes no such parameter at the start.
UNSUPPORTED_PARAMETER = "08P01"

# A statement that was prepared before a migration, or on another server.
STALE_STATEMENT = "26000"

# Codes whose meaning differs from that of their class, or whose class is not above.
CODES: dict[str, type[AppError]] = {
    UNSUPPORTED_PARAMETER: Refused,
    "23001": Conflict,  # restrict_violation, since PostgreSQL 18
    "23503": Conflict,  # foreign_key_violation
    "23505": Conflict,  # unique_violation
    "23P01": Conflict,  # exclusion_violation
    "25P03": Unavailable,  # idle_in_transaction_session_timeout
    "25P04": Unavailable,  # transaction_timeout
    STALE_STATEMENT: Retryable,  # invalid_sql_statement_name
    "3D000": Refused,  # invalid_catalog_name: no such database yet
    "40003": Unavailable,  # statement_completion_unknown: not to be done again
    "42501": Refused,  # insufficient_privilege
    "42P05": Refused,  # duplicate_prepared_statement: a pooler changes the server
    "55000": Unavailable,  # object_not_in_prerequisite_state: closed for maintenance
    "55006": Unavailable,  # object_in_use: a database that somebody else copies
    "55P03": Unavailable,  # lock_not_available
}

# The server is read-only: a standby, or configured so. It is not among the codes above,
# because a write on a reading connection is a bug; see failover.py.
READ_ONLY = {"25006"}  # read_only_sql_transaction
# The server closes the connection after a timeout or at its own shutdown, or the
# statements that were prepared on it are of no use any more.
CLOSING = {
    *("25P03", "25P04", "57P01", "57P02", "57P03", "57P04", "57P05"),
    STALE_STATEMENT,
}

# Errors that drivers raise without asking the server have no code.
OWN: dict[type[DBAPIError], str] = {
    OperationalError: "08006",  # connection_failure
    DataError: "22000",  # data_exception: a value that cannot be sent
    # {% if cookiecutter.driver == "asyncpg" %}
    InternalError: "08006",  # no server of the URL qualifies, or it speaks otherwise
    NotSupportedError: STALE_STATEMENT,
    # {% endif %}
}


def failure_of(error: DBAPIError) -> type[AppError] | None:
    """Return the service's class for an error of the server, or None for a bug."""
    code = code_of(error) or ""
    return CODES.get(code) or CLASSES.get(code[:2])


def code_of(error: DBAPIError) -> str | None:
    """Return the SQLSTATE, or the closest one for an error of the driver itself."""
    # {% if cookiecutter.driver == "psycopg2" %}
    state: str | None = getattr(error.orig, "pgcode", None)
    # {% else %}
    state: str | None = getattr(error.orig, "sqlstate", None)
    # {% endif %}
    # {% if cookiecutter.driver != "asyncpg" %}
    if state is None and "unsupported startup parameter" in str(error.orig):
        return UNSUPPORTED_PARAMETER  # libpq has no code for a refused connection
    # {% endif %}
    # {% if cookiecutter.driver == "psycopg" %}
    if state == "0A000" and _is_of_old_plan(error):
        return STALE_STATEMENT
    # {% endif %}
    return state or OWN.get(type(error))
# {% if cookiecutter.driver == "psycopg" %}


def _is_of_old_plan(error: DBAPIError) -> bool:
    # The code is that of any unsupported feature, and the message may be translated.
    diagnostics = getattr(error.orig, "diag", None)
    return getattr(diagnostics, "source_function", None) == "RevalidateCachedQuery"
# {% endif %}


def violated_constraint(error: DBAPIError) -> str | None:
    """Return the name of the constraint that the statement violated."""
    # {% if cookiecutter.driver == "asyncpg" %}
    cause = error.orig.__cause__ if error.orig else None
    name: str | None = getattr(cause, "constraint_name", None)
    return name
    # {% else %}
    diagnostics = getattr(error.orig, "diag", None)
    name: str | None = getattr(diagnostics, "constraint_name", None)
    return name
    # {% endif %}
