"""The database with a replica, from which clients read whatever it already has."""

# {% if cookiecutter.concurrency == "async" %}
from collections.abc import AsyncIterator
# {% else %}
from collections.abc import Iterator
# {% endif %}
from contextlib import asynccontextmanager, suppress
from typing import Literal, TypeAlias

from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError
# {% if cookiecutter.data_access == "repository" %}
from sqlalchemy.ext.asyncio import AsyncSession
# {% elif cookiecutter.concurrency == "async" %}
from sqlalchemy.ext.asyncio import AsyncConnection
# {% endif %}

from app.database.database import Database
from app.database.positions import CLIENT, UNKNOWN, parse_position, reading_client
from app.database.replica import NotServed, Read, Replica, Result
from app.errors import AppError
from app.settings import Settings

ReplicaState: TypeAlias = Literal["serving", "away"]

WRITTEN = text("SELECT CAST(pg_current_wal_insert_lsn() AS text)")


def open_database(settings: Settings) -> Database:
    """Return the database, with a replica if the settings name one."""
    if settings.database_read_url is None:
        return Database(settings)
    return ReplicatedDatabase(settings)


class ReplicatedDatabase(Database):
    """A database whose replica serves the reads of a request that sent a position.

    The replica has to have replayed it; else, and outside of requests, the primary
    serves. A client gets a position after each transaction, and with its second read,
    for what it wrote before it sent any. A read may run a second time, on the primary.
    """

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.replica = Replica(settings)

    async def read(self, work: Read[Result]) -> Result:
        """Return what a plain function reads by a connection, as `Database.read` does."""
        client = reading_client()
        if client is None:
            return await super().read(work)
        if client.known:
            with suppress(NotServed):
                return await self.replica.read(work, client.known)
        result = await super().read(work)
        if client.known is None:
            client.new = UNKNOWN
        elif client.new is None and client.sent == UNKNOWN:
            client.new = await self._written_position()
        return result

    # {% if cookiecutter.data_access == "repository" %}
    @asynccontextmanager
    async def session(self) -> AsyncIterator[AsyncSession]:
        """Open a session as `Database.session` does."""
        async with self._noting_position(), super().session() as session:
            yield session

    # {% else %}
    @asynccontextmanager
    async def connection(self) -> AsyncIterator[AsyncConnection]:
        """Open a connection as `Database.connection` does."""
        async with self._noting_position(), super().connection() as connection:
            yield connection

    # {% endif %}
    @asynccontextmanager
    async def _noting_position(self) -> AsyncIterator[None]:
        """Note the position that the client has to see after a transaction.

        Unless it ended well it is unknown: it may be committed, or have met what others
        committed, and the client will look.
        """
        client = CLIENT.get()
        if client is None:
            yield
            return
        client.new = UNKNOWN
        yield
        client.new = await self._written_position()

    async def _written_position(self) -> int:
        """Return the end of the log, or UNKNOWN if the primary does not tell it now."""
        with suppress(AppError, SQLAlchemyError):
            return await super().read(_fetch_written)
        return UNKNOWN

    async def dispose(self) -> None:
        """Close all connections. Call it once, when the service stops."""
        await super().dispose()
        await self.replica.dispose()


def _fetch_written(connection: Connection) -> int:
    return parse_position(str(connection.scalar(WRITTEN))) or UNKNOWN


def replica_state(database: Database) -> ReplicaState | None:
    """Return the state of the replica, or None if the settings name none."""
    replica: Replica | None = getattr(database, "replica", None)
    if replica is None:
        return None
    return "serving" if replica.serves() else "away"
