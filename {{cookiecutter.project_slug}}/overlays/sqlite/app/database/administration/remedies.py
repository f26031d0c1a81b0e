"""The remedies for errors of SQLite that commands print."""

from sqlalchemy.exc import DBAPIError

REMEDIES: dict[str | None, str] = {
    "SQLITE_BUSY": "Another process writes to it: try again when that has ended.",
    "SQLITE_READONLY": "This user must be able to write the file and in its folder.",
}


def server_message(error: DBAPIError) -> str:
    """Return SQLite's message."""
    return str(error.orig)
