"""What reads and transactions meet at the server: limits, time zone, refusal to write."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from app.database.database import Database
from app.database.failover import is_read_only
from app.errors import AppError
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from .common import opened, report, run

LIMIT = 1  # seconds, each
LIMITS = {
    "database_statement_timeout": LIMIT,
    "database_idle_timeout": LIMIT,
}
LONG = 2  # seconds, more than a limit

PARAMETERS = (
    "statement_timeout",
    "lock_timeout",
    "idle_in_transaction_session_timeout",
    "timezone",
    "transaction_read_only",
)
SHOW = text("SELECT " + ", ".join(f"current_setting('{name}')" for name in PARAMETERS))
# Values that a driver which puts them into the statement has to quote.
VALUES = {"number": -7, "words": "O'Brien %s %% \\ ; -- :x $1"}
MOMENT = "timestamptz '2020-07-01 12:00+02'"
ECHO = text(
    f"SELECT CAST(:number AS bigint), CAST(:words AS text), {MOMENT}, CAST({MOMENT} AS text)"
)
SLEEP = text(f"SELECT pg_sleep({LONG})")
WRITE = text("CREATE TABLE written_by_a_read (id int)")


def shown(connection: Connection) -> dict[str, str]:
    """Return the parameters of the transaction that reads."""
    return dict(zip(PARAMETERS, connection.execute(SHOW).one(), strict=True))


async def shown_to_writers(transaction: Any) -> dict[str, str]:
    """Return the parameters of a transaction that writes."""
    return dict(zip(PARAMETERS, (await transaction.execute(SHOW)).one(), strict=True))


def echoed(connection: Connection) -> list[Any]:
    """Return values as the server and the driver pass them on."""
    number, words, moment, as_text = connection.execute(ECHO, VALUES).one()
    return [number, words, moment.isoformat(), as_text]


def run_in(statement: Any, connection: Connection) -> None:
    """Run a statement."""
    connection.execute(statement)


async def sleep(transaction: Any) -> None:
    """Run a statement that takes longer than the limit."""
    await transaction.execute(SLEEP)


def pause() -> None:
    """Do nothing for longer than the limit, whatever the style of the code."""
    time.sleep(LONG)


async def do_nothing(transaction: Any) -> None:
    """Let a transaction wait for the service longer than the limit."""
    await transaction.execute(text("SELECT 1"))
    pause()
    await transaction.execute(text("SELECT 1"))


async def failure(work: Callable[..., Awaitable[Any]], *arguments: Any) -> list[Any]:
    """Return the status and the SQLSTATE with which work fails, and the seconds it took."""
    begun_at = time.perf_counter()
    try:
        await work(*arguments)
    except (AppError, DBAPIError) as error:
        status = int(error.status) if isinstance(error, AppError) else None
        return [status, state_of(error), time.perf_counter() - begun_at]
    return ["no failure"]


def state_of(error: Exception) -> Any:
    """Return the SQLSTATE of the server's error."""
    cause = error.__cause__ if isinstance(error, AppError) else error
    original = getattr(cause, "orig", None)
    return getattr(original, "sqlstate", None) or getattr(original, "pgcode", None)


@asynccontextmanager
async def limited(**more: Any) -> AsyncIterator[Database]:
    """Open the database with limits of a second."""
    async with opened(**LIMITS, **more) as database:
        yield database


async def meet() -> dict[str, Any]:
    """Return what reads and transactions meet."""
    async with limited() as database:
        found = {
            "read": await database.read(shown),
            "write": await database.transaction(shown_to_writers),
            "echo": await database.read(echoed),
            "server is read-only": await database.read(is_read_only),
            "slow read": await failure(database.read, partial(run_in, SLEEP)),
            "slow write": await failure(database.transaction, sleep),
            "idle": await failure(database.transaction, do_nothing),
            "read that writes": await failure(database.read, partial(run_in, WRITE)),
        }
        return {**found, "read at last": await database.read(shown)}


if __name__ == "__main__":
    report(run(meet))
