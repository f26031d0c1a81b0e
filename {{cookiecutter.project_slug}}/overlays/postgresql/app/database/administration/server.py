"""Creation of the database, through a connection to one that every server has."""

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

from app.database.administration.errors import NoDatabase
from app.database.codes import code_of
from app.database.direct import direct_url_variable
from app.database.engine import create_maintenance_engine
from app.settings import Settings

NAME_LIMIT = 63  # bytes; the server truncates longer names
# CREATE DATABASE needs a connection to another one. Not every role may use the first.
MAINTENANCE_DATABASES = ("postgres", "template1")

# {% if cookiecutter.driver == "asyncpg" %}
MISSING = "3D000"
# {% endif %}
NO_RIGHT = "42501"
# The second is raised when two processes create the database at the same time.
DUPLICATES = ("42P04", "23505")


async def create_database(settings: Settings) -> bool:
    """Create the database of the settings and return True; False where it exists.

    Where it exists, the right to connect is enough. Raises NoDatabase where it is
    missing and cannot be created.
    """
    name = str(settings.database_url.database)
    if len(name.encode()) > NAME_LIMIT:
        raise NoDatabase(
            f"{name} has {len(name.encode())} bytes, and PostgreSQL cuts names at "
            f"{NAME_LIMIT}: shorten the database's name in {direct_url_variable()}."
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
    """Return whether the server has no such database.

    libpq has no error code for a refused connection, only the server's message, which
    may be translated.
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
                f"The database {name} is missing, and the role of {direct_url_variable()} may "
                "not create it: give it CREATEDB, or let an administrator create it."
            ) from error
        raise
    return True


@asynccontextmanager
async def maintenance(settings: Settings) -> AsyncIterator[AsyncConnection]:
    """Connect to a database that every server has. Raises NoDatabase if it cannot."""
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
        f"{direct_url_variable()} cannot connect to {' or '.join(MAINTENANCE_DATABASES)} to "
        "create it: let an administrator create it."
    )


def quoted(connection: AsyncConnection, name: str) -> str:
    """Return the name quoted for SQL."""
    return connection.dialect.identifier_preparer.quote_identifier(name)
