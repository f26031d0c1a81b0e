"""Making and removing a database, through the server's maintenance database."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

# {% if cookiecutter.concurrency == "async" %}
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection
# {% else %}
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
# {% endif %}

from app.database.codes import code_of
from app.database.engine import create_maintenance_engine
from app.settings import Settings

DUPLICATE_DATABASE = "42P04"


async def create_database(settings: Settings) -> bool:
    """Create the database of the settings unless it exists; True if it was created."""
    async with _maintenance(settings) as connection:
        name = _quoted(connection, settings)
        try:
            await connection.exec_driver_sql(f"CREATE DATABASE {name} ENCODING 'UTF8'")
        except DBAPIError as error:
            if code_of(error) == DUPLICATE_DATABASE:
                return False
            raise
    return True


async def drop_database(settings: Settings) -> None:
    """Remove the database of the settings, whoever is connected to it."""
    async with _maintenance(settings) as connection:
        name = _quoted(connection, settings)
        await connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@asynccontextmanager
async def _maintenance(settings: Settings) -> AsyncIterator[AsyncConnection]:
    url = settings.database_url.set(database="postgres")
    engine = create_maintenance_engine(
        settings.model_copy(update={"database_url": url}), isolation_level="AUTOCOMMIT"
    )
    try:
        async with engine.connect() as connection:
            yield connection
    finally:
        await engine.dispose()


def _quoted(connection: AsyncConnection, settings: Settings) -> str:
    name = str(settings.database_url.database)
    return connection.dialect.identifier_preparer.quote_identifier(name)
