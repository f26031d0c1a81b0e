"""What the tests ask of the server, and drop there."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

# {% if cookiecutter.concurrency == "async" %}
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection
# {% else %}
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
# {% endif %}

from app.database.administration.lifecycle import ensure_database
from app.database.administration.server import maintenance, quoted
from app.database.engine import create_maintenance_engine
from app.settings import Settings
from tests.databases import check_place, of_other_runs, told_in_a_sentence

NEEDED = "a user with all rights on databases that have _test_run in their names"

DATABASES = text("SELECT schema_name FROM information_schema.schemata")
LOCK = text("SELECT GET_LOCK(:name, 0)")
UNLOCK = text("SELECT RELEASE_LOCK(:name)")
# Longer than a debugger is looked at, before the server closes a connection.
STAY = text("SET SESSION wait_timeout = 604800")


@asynccontextmanager
async def first_database(settings: Settings) -> AsyncIterator[None]:
    """Make the first database of a run, and drop it when the run ends.

    A run lives as long as it holds the lock of that name, which the server frees when
    its process is killed. It takes the lock before the database is there.
    """
    with told_in_a_sentence(NEEDED):
        name = str(settings.database_url.database)
        async with maintenance(settings) as connection:
            await connection.execute(STAY)
            await connection.execute(LOCK, {"name": name})
            await ensure_database(settings)
            async with create_maintenance_engine(settings).connect() as reached:
                await check_place(reached, settings)
            await _sweep(connection, name)
            yield
            await drop_database(settings)


async def drop_database(settings: Settings) -> None:
    """Drop a database of this run."""
    async with create_maintenance_engine(settings).connect() as connection:
        await check_place(connection, settings)
        await _drop(connection, str(settings.database_url.database))


async def _sweep(connection: AsyncConnection, first_of_ours: str) -> None:
    """Drop what runs left that were killed."""
    names = await connection.scalars(DATABASES)
    for first, databases in of_other_runs(names, first_of_ours).items():
        if not await connection.scalar(LOCK, {"name": first}):
            continue
        # Another run is just dropping it, or it may not be dropped by this user.
        with suppress(DBAPIError):
            for name in databases:
                await _drop(connection, name)
        await connection.execute(UNLOCK, {"name": first})


async def _drop(connection: AsyncConnection, name: str) -> None:
    await connection.exec_driver_sql(f"DROP DATABASE {quoted(connection, name)}")
