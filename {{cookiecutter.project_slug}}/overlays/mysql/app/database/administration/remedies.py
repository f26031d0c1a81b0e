"""The remedies for errors of MySQL and MariaDB that commands print."""

from sqlalchemy.exc import DBAPIError

GRANT = "Grant it to the user of the database's URL, or use another user."

REMEDIES: dict[int | None, str] = {
    1044: GRANT,  # no access to the database
    1049: "Create it by `python -m app.database create`.",
    1142: GRANT,  # no access to the table
    1205: (
        "Another transaction holds the table: try again when it has ended, or raise "
        "APP_DATABASE_LOCK_TIMEOUT."
    ),
}


def server_message(error: DBAPIError) -> str:
    """Return the server's message, or the reason why it cannot be reached."""
    arguments = error.orig.args if error.orig else ()
    return str(arguments[-1] if arguments else error.orig)
