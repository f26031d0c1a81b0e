"""What SQLite's result codes mean: https://www.sqlite.org/rescode.html"""

import re

from sqlalchemy.exc import DBAPIError

from app.errors import AppError, Conflict, Invalid, Unavailable

FAILURES: dict[str | None, type[AppError]] = {
    "SQLITE_CONSTRAINT_FOREIGNKEY": Conflict,
    "SQLITE_CONSTRAINT_PRIMARYKEY": Conflict,
    "SQLITE_CONSTRAINT_TRIGGER": Conflict,  # what ON DELETE RESTRICT gives
    "SQLITE_CONSTRAINT_UNIQUE": Conflict,
    "SQLITE_CONSTRAINT_CHECK": Invalid,
    "SQLITE_CONSTRAINT_NOTNULL": Invalid,
    "SQLITE_BUSY": Unavailable,
    "SQLITE_BUSY_SNAPSHOT": Unavailable,
    "SQLITE_CANTOPEN": Unavailable,
    "SQLITE_FULL": Unavailable,
    "SQLITE_IOERR": Unavailable,
    "SQLITE_LOCKED": Unavailable,
    "SQLITE_NOTADB": Unavailable,
    "SQLITE_READONLY": Unavailable,
}


def code_of(error: DBAPIError) -> str | None:
    """Give the name of SQLite's result code."""
    return getattr(error.orig, "sqlite_errorname", None)


def broken_rule(error: DBAPIError) -> str | None:
    """Give the name of the unique constraint that the statement broke, if it was one.

    SQLite names the columns instead ("UNIQUE constraint failed: users.email"); the
    naming convention makes the constraint's name of them.
    """
    found = re.search(r"UNIQUE constraint failed: (.+)$", str(error.orig))
    if not found:
        return None
    columns = [name.rpartition(".") for name in found[1].split(", ")]
    return "_".join(["uq", columns[0][0], *(column for _, _, column in columns)])
