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

NEEDED = "a role with CREATEDB, for they make databases of their own"

DATABASES = text("SELECT datname FROM pg_database")
MARK = "tests that run are connected to it"
ABANDONED = text("""
    SELECT datname FROM pg_database
    WHERE shobj_description(oid, 'pg_database') = :mark
    AND NOT EXISTS (SELECT FROM pg_stat_activity WHERE datid = pg_database.oid)
""")


@asynccontextmanager
async def first_database(settings: Settings) -> AsyncIterator[None]:
    """Make the first database of a run, and drop it when the run ends.

    A run lives as long as it is connected to its first database, and the server knows
    at once when its process is killed. The mark is made once it is connected, so that
    a database just made is not taken for one that was left.
    """
    with told_in_a_sentence(NEEDED):
        await ensure_database(settings)
    async with create_maintenance_engine(settings).connect() as connection:
        await check_place(connection, settings)
        await _comment(connection, settings, f"'{MARK}'")
        await _sweep(settings)
        yield
        await _comment(connection, settings, "NULL")
    await drop_database(settings)


async def drop_database(settings: Settings) -> None:
    """Drop a database of this run, whoever is connected to it."""
    async with create_maintenance_engine(settings).connect() as connection:
        await check_place(connection, settings)
    async with maintenance(settings) as connection:
        name = quoted(connection, str(settings.database_url.database))
        await connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")


async def _comment(
    connection: AsyncConnection,
    settings: Settings,
    comment: str,
) -> None:
    name = quoted(connection, str(settings.database_url.database))
    await connection.exec_driver_sql(f"COMMENT ON DATABASE {name} IS {comment}")
    await connection.commit()


async def _sweep(settings: Settings) -> None:
    """Drop what runs left that were killed; without FORCE, nothing that is in use."""
    async with maintenance(settings) as connection:
        abandoned = set(await connection.scalars(ABANDONED, {"mark": MARK}))
        names = await connection.scalars(DATABASES)
        runs = of_other_runs(names, str(settings.database_url.database))
        for first in abandoned & runs.keys():
            # Another role's, or another run is just dropping it.
            with suppress(DBAPIError):
                for name in runs[first]:
                    database = quoted(connection, name)
                    await connection.exec_driver_sql(f"DROP DATABASE {database}")
