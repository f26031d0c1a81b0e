"""Making and removing a database."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

# {% if cookiecutter.concurrency == "async" %}
from sqlalchemy import URL
from sqlalchemy.ext.asyncio import AsyncConnection
# {% else %}
from sqlalchemy import URL, Connection
# {% endif %}

from app.database.engine import create_maintenance_engine
from app.settings import Settings


async def create_database(settings: Settings) -> bool:
    """Create the database of the settings unless it exists; True if it was created."""
    async with _maintenance(settings) as connection:
        name = _quoted(connection, settings)
        created = await connection.exec_driver_sql(
            f"CREATE DATABASE IF NOT EXISTS {name} CHARACTER SET utf8mb4"
        )
    return created.rowcount == 1


async def drop_database(settings: Settings) -> None:
    """Remove the database of the settings."""
    async with _maintenance(settings) as connection:
        name = _quoted(connection, settings)
        await connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {name}")


@asynccontextmanager
async def _maintenance(settings: Settings) -> AsyncIterator[AsyncConnection]:
    url = _without_database(settings.database_url)
    engine = create_maintenance_engine(
        settings.model_copy(update={"database_url": url})
    )
    try:
        async with engine.connect() as connection:
            yield connection
    finally:
        await engine.dispose()


def _without_database(url: URL) -> URL:
    return URL.create(
        url.drivername, url.username, url.password, url.host, url.port, query=url.query
    )


def _quoted(connection: AsyncConnection, settings: Settings) -> str:
    name = str(settings.database_url.database)
    return connection.dialect.identifier_preparer.quote_identifier(name)
