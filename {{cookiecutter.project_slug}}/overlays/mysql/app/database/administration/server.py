"""Creation of the database."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

# {% if cookiecutter.concurrency == "async" %}
from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection
# {% else %}
from sqlalchemy import URL, Connection
from sqlalchemy.exc import DBAPIError
# {% endif %}

from app.database.administration.errors import NoDatabase
from app.database.codes import code_of
from app.database.engine import create_maintenance_engine
from app.settings import Settings, url_variable

NAME_LIMIT = 64  # characters; the server refuses longer names

MISSING = 1049
DUPLICATE = 1007
NO_RIGHT = 1044  # also raised for a missing database that the user could not use


async def create_database(settings: Settings) -> bool:
    """Create the database of the settings and return True; False where it exists.

    Raises NoDatabase where it is missing and cannot be created.
    """
    name = str(settings.database_url.database)
    if len(name) > NAME_LIMIT:
        raise NoDatabase(
            f"{name} has {len(name)} characters, and the server allows {NAME_LIMIT}: "
            f"shorten the database's name in {url_variable()}."
        )
    try:
        async with create_maintenance_engine(settings).connect():
            return False
    except DBAPIError as refusal:
        if code_of(refusal) not in (MISSING, NO_RIGHT):
            raise
    async with maintenance(settings) as connection:
        return await _create(connection, name)


async def _create(connection: AsyncConnection, name: str) -> bool:
    try:
        await connection.exec_driver_sql(
            f"CREATE DATABASE {quoted(connection, name)} CHARACTER SET utf8mb4"
        )
    except DBAPIError as error:
        if code_of(error) == DUPLICATE:
            return False
        if code_of(error) == NO_RIGHT:
            raise NoDatabase(
                f"There is no database {name} that the user of {url_variable()} may use "
                "or create: let an administrator create it and grant all rights on it."
            ) from error
        raise
    return True


@asynccontextmanager
async def maintenance(settings: Settings) -> AsyncIterator[AsyncConnection]:
    """Connect to the server without selecting a database."""
    url = _without_database(settings.database_url)
    engine = create_maintenance_engine(
        settings.model_copy(update={"database_url": url})
    )
    async with engine.connect() as connection:
        yield connection


def _without_database(url: URL) -> URL:
    return URL.create(
        url.drivername, url.username, url.password, url.host, url.port, query=url.query
    )


def quoted(connection: AsyncConnection, name: str) -> str:
    """Return the name quoted for SQL."""
    return connection.dialect.identifier_preparer.quote_identifier(name)
