"""Count the users, and those whose display name is their username."""

from sqlalchemy import Connection, text

from .common import opened, report, run

ALL = "SELECT count(*) FROM users"
FILLED = f"{ALL} WHERE display_name = username"


def counts(connection: Connection) -> dict[str, int]:
    """Count both."""
    return {
        "users": connection.scalars(text(ALL)).one(),
        "filled": connection.scalars(text(FILLED)).one(),
    }


async def main() -> None:
    """Report the counts."""
    async with opened() as database:
        report(await database.read(counts))


if __name__ == "__main__":
    run(main)
