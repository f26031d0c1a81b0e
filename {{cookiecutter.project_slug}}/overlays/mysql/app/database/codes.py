"""What the error numbers of MySQL and MariaDB mean.

https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html
https://mariadb.com/kb/en/mariadb-error-code-reference/
"""

import re

from sqlalchemy.exc import DBAPIError

from app.errors import AppError, Conflict, Invalid, Retryable, Unavailable

FAILURES: dict[int | None, type[AppError]] = {
    1062: Conflict,  # duplicate key
    1451: Conflict,  # foreign key: the row is referred to
    1452: Conflict,  # foreign key: the row referred to is missing
    1048: Invalid,  # column cannot be null
    1264: Invalid,  # out of range
    1364: Invalid,  # no default value
    1406: Invalid,  # data too long
    3819: Invalid,  # CHECK, MySQL
    4025: Invalid,  # CHECK, MariaDB
    1020: Retryable,  # row changed since read
    1040: Unavailable,  # too many connections
    1044: Unavailable,  # no access to the database
    1045: Unavailable,  # wrong user or password
    1049: Unavailable,  # no such database yet
    1053: Unavailable,  # server shutdown
    1203: Unavailable,  # too many connections of the user
    1205: Unavailable,  # lock wait timeout
    1213: Retryable,  # deadlock
    1226: Unavailable,  # too many connections of the user, by its own limit
    1927: Unavailable,  # connection killed, MariaDB
    1969: Unavailable,  # statement timeout, MariaDB
    2002: Unavailable,  # cannot connect, socket
    2003: Unavailable,  # cannot connect, TCP
    2005: Unavailable,  # unknown host
    2006: Unavailable,  # server has gone away
    2013: Unavailable,  # connection lost during query
    3024: Unavailable,  # statement timeout, MySQL
}


def code_of(error: DBAPIError) -> int | None:
    """Give the server's or the client library's error number."""
    arguments = error.orig.args if error.orig else ()
    return arguments[0] if arguments and isinstance(arguments[0], int) else None


def broken_rule(error: DBAPIError) -> str | None:
    """Give the name of the unique constraint that the statement broke, if it was one.

    MySQL writes the table before it ('users.uq_users_email'), MariaDB does not.
    """
    found = re.search(r"for key '(?:[^'.]*\.)?([^'.]+)'\W*$", str(error.orig))
    return found[1] if found else None
