"""What the scripts share: running code of either style, a database, a report."""

import asyncio
import inspect
import json
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from app.database.database import Database
from app.settings import load_settings
from sqlalchemy import insert, text


async def to_the_end(work: Awaitable[Any]) -> Any:
    """Await work, and then the threads of its connections.

    aiosqlite 0.22 does not wait for the thread of a connection that could not be opened: one
    that ends after its event loop prints a traceback, which kills an interpreter on its way out.
    """
    try:
        return await work
    finally:
        for thread in threading.enumerate():
            if "_connection_worker_thread" in thread.name:
                await asyncio.to_thread(thread.join)


def run(work: Callable[..., Any], *arguments: Any) -> Any:
    """Call a function of the project's style from outside of any event loop."""
    result = work(*arguments)
    return asyncio.run(to_the_end(result)) if inspect.iscoroutine(result) else result


def at_once(*works: Callable[[], Any]) -> list[Future[Any]]:
    """Run functions of the project's style in a thread each, to their ends."""
    with ThreadPoolExecutor(len(works)) as pool:
        return [pool.submit(run, work) for work in works]


def report(result: Any) -> None:
    """Hand the result to the test that runs the script."""
    Path(sys.argv[1]).write_text(json.dumps(result), encoding="utf-8")


@asynccontextmanager
async def opened(**changes: Any) -> AsyncIterator[Database]:
    """Open the database of the project, with changes to the settings."""
    database = Database(load_settings().model_copy(update=changes))
    try:
        yield database
    finally:
        await database.dispose()


@asynccontextmanager
async def begun(database: Database) -> AsyncIterator[Any]:
    """Open a session, or a connection in a project that has no sessions.

    Both execute, commit, and roll back what is not committed.
    """
    opener = getattr(database, "session" if has_sessions() else "connection")
    async with opener() as transaction:
        yield transaction


def has_sessions() -> bool:
    """Say whether the project has sessions of the ORM."""
    return hasattr(Database, "session")


async def insert_row(transaction: Any, model: Any, **values: Any) -> int:
    """Insert a row into a model's table, and return its id."""
    inserted = await transaction.execute(insert(model.__table__).values(**values))
    row_id: int = inserted.inserted_primary_key[0]
    return row_id


async def run_one(statement: str) -> None:
    """Run a statement."""
    async with opened() as database, begun(database) as transaction:
        await transaction.execute(text(statement))


async def run_for_good(statement: str) -> None:
    """Run a statement, and commit it."""
    async with opened() as database:
        await database.transaction(execute, statement)


async def execute(transaction: Any, *statements: str) -> None:
    """Run statements within a transaction."""
    for statement in statements:
        await transaction.execute(text(statement))
