"""What to do about errors of SQLite, for whoever runs commands."""

from sqlalchemy.exc import DBAPIError

REMEDIES: dict[str | None, str] = {
    "SQLITE_BUSY": "Another process writes to it: try again when that has ended.",
    "SQLITE_READONLY": "This user must be able to write the file and in its folder.",
}


def server_message(error: DBAPIError) -> str:
    """Return what SQLite says."""
    return str(error.orig)
