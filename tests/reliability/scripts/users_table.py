"""Execute statements, if any are given, and name the columns of the users table."""

import sys

from sqlalchemy import Connection, inspect

from .common import opened, report, run, run_for_good


def columns(connection: Connection) -> list[str]:
    """Name the columns that the table has in the database."""
    return [column["name"] for column in inspect(connection).get_columns("users")]


async def main() -> None:
    """Execute what is given, then look at the table."""
    for statement in sys.argv[2:]:
        await run_for_good(statement)
    async with opened() as database:
        report(await database.read(columns))


if __name__ == "__main__":
    run(main)
