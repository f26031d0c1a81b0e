"""What PostgreSQL's error codes mean.

https://www.postgresql.org/docs/current/errcodes-appendix.html
"""

from sqlalchemy.exc import DBAPIError, OperationalError

from app.errors import AppError, Conflict, Invalid, Retryable, Unavailable

NO_CONNECTION = "08006"

FAILURES: dict[str | None, type[AppError]] = {
    "23503": Conflict,  # foreign_key_violation
    "23505": Conflict,  # unique_violation
    "23P01": Conflict,  # exclusion_violation
    "22000": Invalid,  # data_exception, as for a value that cannot be sent
    "22001": Invalid,  # string_data_right_truncation
    "22003": Invalid,  # numeric_value_out_of_range
    "23502": Invalid,  # not_null_violation
    "23514": Invalid,  # check_violation
    "28000": Unavailable,  # invalid_authorization_specification: no such role
    "28P01": Unavailable,  # invalid_password
    "3D000": Unavailable,  # invalid_catalog_name: no such database yet
    "40001": Retryable,  # serialization_failure
    "40P01": Retryable,  # deadlock_detected
    "53300": Unavailable,  # too_many_connections
    "55006": Unavailable,  # object_in_use: a database that somebody else copies
    "55P03": Unavailable,  # lock_not_available
    "57014": Unavailable,  # query_canceled, as by statement_timeout
    "57P01": Unavailable,  # admin_shutdown
    "57P02": Unavailable,  # crash_shutdown
    "57P03": Unavailable,  # cannot_connect_now
    "08001": Unavailable,  # sqlclient_unable_to_establish_sqlconnection
    "08003": Unavailable,  # connection_does_not_exist
    NO_CONNECTION: Unavailable,
}


def code_of(error: DBAPIError) -> str | None:
    """Give the SQLSTATE. libpq has none for a connection that could not be made."""
    state: str | None = getattr(error.orig, "{{ "pgcode" if cookiecutter.driver == "psycopg2" else "sqlstate" }}", None)
    if state is None and isinstance(error, OperationalError):
        return NO_CONNECTION
    return state


def broken_rule(error: DBAPIError) -> str | None:
    """Give the name of the constraint that the statement broke."""
    # {% if cookiecutter.driver == "asyncpg" %}
    cause = error.orig.__cause__ if error.orig else None
    name: str | None = getattr(cause, "constraint_name", None)
    return name
    # {% else %}
    diagnostics = getattr(error.orig, "diag", None)
    name: str | None = getattr(diagnostics, "constraint_name", None)
    return name
    # {% endif %}
