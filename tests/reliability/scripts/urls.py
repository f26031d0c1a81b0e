"""Write and read at URLs, and tell how that ends for each."""

import json
import sys
from collections.abc import Sequence
from functools import partial
from typing import Any

from app.database.database import Database
from app.errors import AppError
from app.settings import parse_database_url
from sqlalchemy import Connection, text

from .common import execute, opened, report, run


def first_row(query: str, connection: Connection) -> list[Any]:
    """Return the answer to a query."""
    return list(connection.execute(text(query)).one())


async def write(database: Database) -> None:
    """Commit something."""
    await database.transaction(
        execute,
        "CREATE TABLE IF NOT EXISTS written (id INTEGER)",
        "INSERT INTO written VALUES (1)",
    )


async def tried(url: str, query: str) -> Any:
    """Return what a query says at a URL where one can write, too; else the error's status."""
    try:
        async with opened(database_url=parse_database_url(url)) as database:
            await write(database)
            return await database.read(partial(first_row, query))
    except AppError as error:
        return int(error.status)


async def tried_all(attempts: Sequence[Sequence[str]]) -> list[Any]:
    """Try URLs with their queries."""
    return [await tried(url, query) for url, query in attempts]


if __name__ == "__main__":
    report(run(tried_all, json.loads(sys.argv[2])))
