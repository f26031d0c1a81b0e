"""Failures of databases that are servers, and what provokes them alike."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from threading import Barrier
from typing import Any

from app.database.database import savepoint
from app.errors import Invalid, Retryable, Unavailable
from app.users.models import User
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError

from .common import at_once, begun, execute, opened, run, run_one
from .failures import Failures, Fault, add_user, unreachable, write_product, write_user

TOO_LARGE = 2**31


async def add_user_for_good() -> int:
    """Insert a user, commit, and return the id."""
    async with opened() as database:
        user_id: int = await database.transaction(add_user, f"user_{secrets.token_hex(4)}")
        return user_id


async def rename(transaction: Any, user_id: int) -> None:
    """Change a user within a transaction, which locks the row."""
    changed = update(User).where(User.id == user_id).values(full_name="Ann")
    await transaction.execute(changed)


async def rename_for_good(user_id: int) -> None:
    """Change a user in a transaction of its own."""
    async with opened() as database:
        await database.transaction(rename, user_id)


@asynccontextmanager
async def whole(_transaction: Any) -> AsyncIterator[None]:
    """Make nothing of a transaction a part that may be undone."""
    yield


async def lock_both(part: Any, met: Barrier, first_id: int, second_id: int) -> None:
    """Lock two users, the second when somebody else has locked something, too."""
    async with opened() as database, begun(database) as transaction:
        await rename(transaction, first_id)
        met.wait()
        async with part(transaction):
            await rename(transaction, second_id)
        await transaction.commit()


def deadlock(part: Any = whole) -> None:
    """Let two transactions lock two rows in opposite orders; one of them fails.

    The part of a transaction that locks the second row may have a savepoint.
    """
    first_id, second_id = run(add_user_for_good), run(add_user_for_good)
    met = Barrier(2, timeout=10)
    ended = at_once(
        partial(lock_both, part, met, first_id, second_id),
        partial(lock_both, part, met, second_id, first_id),
    )
    [failure] = filter(None, [each.exception() for each in ended])
    raise failure


async def wait_for_a_lock() -> None:
    """Change a row that somebody else has changed and not committed."""
    user_id = await add_user_for_good()
    async with opened() as database, begun(database) as transaction:
        await rename(transaction, user_id)
        async with opened(database_lock_timeout=1) as other, begun(other) as waiting:
            await rename(waiting, user_id)


async def change_after_a_snapshot(*before: str) -> None:
    """Change a row that somebody else has changed since this transaction has read it.

    The statements go before everything else in the transaction.
    """
    user_id = await add_user_for_good()
    async with opened() as database, begun(database) as transaction:
        await execute(transaction, *before)
        await transaction.execute(select(User.id))
        await rename_for_good(user_id)
        await rename(transaction, user_id)


async def run_too_long(statement: str) -> None:
    """Run a statement for longer than the settings allow."""
    impatient = {"database_statement_timeout": 1}
    async with opened(**impatient) as database, begun(database) as transaction:
        await transaction.execute(text(statement))


async def run_all(*statements: str) -> None:
    """Run statements in one transaction."""
    async with opened() as database, begun(database) as transaction:
        await execute(transaction, *statements)


async def read_what_writes() -> None:
    """Write where only reading is allowed."""
    async with opened() as database:
        try:
            await database.read(lambda connection: connection.execute(update(User).values(bio="b")))
        except DBAPIError as error:
            raise Fault from error


async def ask_for_what_is_not_there() -> None:
    """Read a table that nobody has made."""
    try:
        await run_one("SELECT * FROM nowhere")
    except DBAPIError as error:
        raise Fault from error


def provoked(failures: dict[str, type[Exception]], statement: str) -> Failures:
    """Return the failures, by their codes, that the server raises when it is asked to.

    So each driver shows how it hands on what a test cannot make a server suffer. The
    statement has the place of the code.
    """
    return {
        f"{code} as the server says it": (expected, partial(run_one, statement.format(code)))
        for code, expected in failures.items()
    }


async def lose_idle_connection(ask_id: str, kill: str) -> None:
    """Use a connection that was killed between two statements."""
    async with opened() as database, begun(database) as transaction:
        connection_id = await transaction.scalar(text(ask_id))
        await run_one(kill.format(connection_id))
        await transaction.execute(text("SELECT 1"))


SERVER_FAILURES: Failures = {
    "too long": (Invalid, lambda: write_user("a" * 51)),
    "out of range": (Invalid, lambda: write_product(stock_quantity=TOO_LARGE)),
    "deadlock": (Retryable, deadlock),
    "deadlock after a savepoint": (Retryable, partial(deadlock, savepoint)),
    "lock timeout": (Unavailable, wait_for_a_lock),
    "write in a read": (Fault, read_what_writes),
    "unknown table": (Fault, ask_for_what_is_not_there),
    **unreachable("server down", host="127.0.0.1", port=1),
    **unreachable("unknown host", host="no-such-host.invalid"),
}
