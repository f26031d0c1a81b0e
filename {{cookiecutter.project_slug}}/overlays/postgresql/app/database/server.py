"""Making a database, through one that every server has."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

# {% if cookiecutter.driver == "asyncpg" %}
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection
# {% elif cookiecutter.concurrency == "async" %}
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection
# {% else %}
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
# {% endif %}

from app.database.codes import code_of
from app.database.engine import create_maintenance_engine
from app.database.errors import NoDatabase
from app.settings import Settings

NAME_LIMIT = 63  # bytes; the server cuts what is longer
# Whoever creates a database is connected to another, and not every role to the first.
MAINTENANCE_DATABASES = ("postgres", "template1")

# {% if cookiecutter.driver == "asyncpg" %}
MISSING = "3D000"
# {% endif %}
NO_RIGHT = "42501"
# The second where somebody else creates the database at the same moment.
DUPLICATES = ("42P04", "23505")


async def create_database(settings: Settings) -> bool:
    """Create the database of the settings unless it exists; True if it was created.

    Nothing but the right to connect is needed where it exists. Raises NoDatabase where
    it is missing and cannot be created.
    """
    name = str(settings.database_url.database)
    if len(name.encode()) > NAME_LIMIT:
        raise NoDatabase(
            f"{name} has {len(name.encode())} bytes, and PostgreSQL cuts names at "
            f"{NAME_LIMIT}: shorten the database's name in APP_DATABASE_URL."
        )
    try:
        async with create_maintenance_engine(settings).connect():
            return False
    except DBAPIError as refusal:
        # {% if cookiecutter.driver == "asyncpg" %}
        if code_of(refusal) != MISSING:
            raise
        # {% else %}
        if not await _is_missing(settings, name, refusal):
            raise
        # {% endif %}
    async with maintenance(settings) as connection:
        return await _create(connection, name)


# {% if cookiecutter.driver != "asyncpg" %}
async def _is_missing(settings: Settings, name: str, refusal: DBAPIError) -> bool:
    """Say whether there is no such database.

    libpq has no code for a connection that the server refuses, only its words, which
    may be of another language.
    """
    if f'database "{name}" does not exist' in str(refusal.orig):
        return True
    exists = text("SELECT true FROM pg_database WHERE datname = :name")
    try:
        async with maintenance(settings) as connection:
            return not await connection.scalar(exists, {"name": name})
    except NoDatabase:
        return False


# {% endif %}
async def _create(connection: AsyncConnection, name: str) -> bool:
    try:
        await connection.exec_driver_sql(
            f"CREATE DATABASE {quoted(connection, name)} ENCODING 'UTF8'"
        )
    except DBAPIError as error:
        if code_of(error) in DUPLICATES:
            return False
        if code_of(error) == NO_RIGHT:
            raise NoDatabase(
                f"The database {name} is missing, and the role of APP_DATABASE_URL may "
                "not create it: give it CREATEDB, or let an administrator create it."
            ) from error
        raise
    return True


@asynccontextmanager
async def maintenance(settings: Settings) -> AsyncIterator[AsyncConnection]:
    """Connect to a database that every server has. Raises NoDatabase if none lets us."""
    connection = await _connect_for_maintenance(settings)
    try:
        yield connection
    finally:
        await connection.close()


async def _connect_for_maintenance(settings: Settings) -> AsyncConnection:
    for name in MAINTENANCE_DATABASES:
        url = settings.database_url.set(database=name)
        engine = create_maintenance_engine(
            settings.model_copy(update={"database_url": url}),
            isolation_level="AUTOCOMMIT",
        )
        with suppress(DBAPIError):
            return await engine.connect()
    raise NoDatabase(
        f"The database {settings.database_url.database} is missing, and the role of "
        f"APP_DATABASE_URL cannot connect to {' or '.join(MAINTENANCE_DATABASES)} to "
        "create it: let an administrator create it."
    )


def quoted(connection: AsyncConnection, name: str) -> str:
    """Return the name as SQL has it."""
    return connection.dialect.identifier_preparer.quote_identifier(name)
