"""Inside a generated async project: how long inserts of many rows take.

    python bulk.py ROUNDS ROWS...

Prints JSON: for each number of rows the seconds that the service's own import takes, and
the driver's fastest way to put the same rows into the same table, both committed.
"""

import asyncio
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import datetime
from itertools import count
from statistics import median
from typing import Any

sys.path.insert(0, os.getcwd())

from app.database.database import Database
from app.main import app
from app.users import service
from app.users.schemas import UserImport

COLUMNS = (
    "username",
    "email",
    "full_name",
    "bio",
    "is_active",
    "is_superuser",
    "hashed_password",
    "created_at",
    "updated_at",
)
NAMES = ", ".join(COLUMNS)

Rows = Sequence[tuple[Any, ...]]


async def copy(connection: Any, rows: Rows) -> None:
    """PostgreSQL's COPY, by asyncpg; by itself it is a transaction."""
    await connection.copy_records_to_table("users", records=rows, columns=COLUMNS)


async def insert_many(connection: Any, rows: Rows) -> None:
    """One INSERT of many rows, which asyncmy makes of executemany."""
    places = ", ".join(["%s"] * len(COLUMNS))
    async with connection.cursor() as cursor:
        await cursor.executemany(f"INSERT INTO users ({NAMES}) VALUES ({places})", rows)
    await connection.commit()


async def insert_each(connection: Any, rows: Rows) -> None:
    """One prepared INSERT, run by SQLite for each row."""
    places = ", ".join("?" * len(COLUMNS))
    texts = [(*row[:-2], *map(str, row[-2:])) for row in rows]
    await connection.execute("BEGIN IMMEDIATE")
    await connection.executemany(f"INSERT INTO users ({NAMES}) VALUES ({places})", texts)
    await connection.commit()


FASTEST: dict[str, Callable[[Any, Rows], Awaitable[None]]] = {
    "asyncpg": copy,
    "asyncmy": insert_many,
    "aiosqlite": insert_each,
}


def new_users(numbers: Iterator[int], number: int) -> list[UserImport]:
    """Make users that are not there yet."""
    names = [f"bulk_{os.getpid()}_{next(numbers)}" for _ in range(number)]
    return [
        UserImport(username=name, email=f"{name}@example.com", full_name="Bulk User")
        for name in names
    ]


def as_rows(users: Sequence[UserImport], now: datetime) -> Rows:
    """Return the rows of users."""
    return [
        (user.username, user.email, user.full_name, user.bio, True, False, "!", now, now)
        for user in users
    ]


async def seconds_of(work: Awaitable[object]) -> float:
    """Time some work."""
    begun = time.perf_counter()
    await work
    return time.perf_counter() - begun


async def measure(database: Database, rounds: int, numbers: Sequence[int]) -> dict[str, Any]:
    """Time both ways in turn; give the medians by number of rows."""
    fresh = count()
    dialect = database.engine.dialect
    # asyncpg wants to know the zone of a time, the others cannot.
    now = datetime.now().astimezone() if dialect.driver == "asyncpg" else datetime.now()
    times: dict[int, dict[str, list[float]]] = {}
    async with database.engine.connect() as connection:
        raw = (await connection.get_raw_connection()).driver_connection
        for number in [*numbers, *list(numbers) * rounds]:
            found = times.setdefault(number, {"service": [], "driver": []})
            users = new_users(fresh, number)
            rows = as_rows(new_users(fresh, number), now)
            imported = database.transaction(service.import_all, users)
            found["service"].append(await seconds_of(imported))
            found["driver"].append(await seconds_of(FASTEST[dialect.driver](raw, rows)))
    # The first of each warmed up.
    return {
        str(number): {way: median(seconds[1:]) for way, seconds in found.items()}
        for number, found in times.items()
    }


async def main() -> None:
    """Measure with the database, and the garbage collector, as the service has them."""
    rounds, *numbers = map(int, sys.argv[1:])
    async with app.router.lifespan_context(app):
        print(json.dumps(await measure(app.state.database, rounds, numbers)))


if __name__ == "__main__":
    asyncio.run(main())
