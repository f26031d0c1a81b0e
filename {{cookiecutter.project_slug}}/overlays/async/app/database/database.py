"""The database of the service: reads, and transactions."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import (
    Any,
    Concatenate,
    Literal,
    ParamSpec,
    TypeAlias,
    TypeVar,
    TypeVarTuple,
)

from pydantic import BaseModel
from sqlalchemy import Connection, Row, Select
# {% if cookiecutter.data_access == "repository" %}
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
# {% else %}
from sqlalchemy.ext.asyncio import AsyncConnection
# {% endif %}
# {% if cookiecutter.database != "sqlite" or cookiecutter.data_access == "dao" %}
from sqlalchemy.util import greenlet_spawn
# {% endif %}

from app.database.engine import create_database_engine, create_read_engine
from app.database.errors import translate_errors
# {% if cookiecutter.database != "sqlite" %}
from app.database.failover import Failover
# {% endif %}
from app.database.pooling import connections_at_once
from app.database.rows import AnySelect, validate_rows
from app.errors import Retryable, Unavailable
from app.observability.waits import Waiting
from app.settings import Settings

Schema = TypeVar("Schema", bound=BaseModel)
Result = TypeVar("Result")
Arguments = ParamSpec("Arguments")
Columns = TypeVarTuple("Columns")
# {% if cookiecutter.data_access == "repository" %}
Work: TypeAlias = Callable[Concatenate[AsyncSession, Arguments], Awaitable[Result]]
# {% else %}
Work: TypeAlias = Callable[Concatenate[AsyncConnection, Arguments], Awaitable[Result]]
# {% endif %}

ATTEMPTS = 4
PAUSE = 0.02  # seconds, doubled after each attempt
RANDOM = random.SystemRandom()


class Database:
    """The engines of the service, and what is done with them.

    What clients only want to see is fetched in one round trip, without a transaction;
    whatever changes something is a function that `transaction` runs. Open no transaction
    within another one: it takes a second connection, and enough requests that do so wait
    for each other for ever.

    All methods raise Conflict, Invalid or Unavailable in place of the driver's errors.
    """

    def __init__(self, settings: Settings) -> None:
        self.engine = create_database_engine(settings)
        self.read_engine = create_read_engine(settings)
        # {% if cookiecutter.database != "sqlite" %}
        self.failover = Failover(self.engine.sync_engine, self.read_engine)
        # {% endif %}
        # {% if cookiecutter.data_access == "repository" %}
        # Objects stay readable after the commit: nothing is loaded implicitly.
        self._make_session = async_sessionmaker(self.engine, expire_on_commit=False)
        # {% endif %}
        self._connections = ConnectionLimiter(
            connections_at_once(settings), settings.database_pool_timeout
        )

    async def fetch_all(
        self, schema: type[Schema], statement: AnySelect, /, **values: Any
    ) -> list[Schema]:
        """Fetch the rows of a select, each as the schema that its columns are named for.

        The values of the statement's bindparams are passed by name.
        """
        return validate_rows(schema, await self.fetch_rows(statement, **values))

    async def fetch_one(
        self, schema: type[Schema], statement: AnySelect, /, **values: Any
    ) -> Schema | None:
        """Fetch the first row of a select as a schema, or None; see `fetch_all`."""
        rows = await self.fetch_all(schema, statement, **values)
        return rows[0] if rows else None

    async def fetch_rows(
        self, statement: Select[*Columns], /, **values: Any
    ) -> Sequence[Row[*Columns]]:
        """Fetch the rows of a select as they are; see `fetch_all`."""

        def fetch(connection: Connection) -> Sequence[Row[*Columns]]:
            return connection.execute(statement, values).all()

        return await self.read(fetch)

    async def read(self, work: Callable[[Connection], Result]) -> Result:
        """Return what a plain function returns that reads by a connection.

        There is no transaction: each statement sees what is committed when it begins.
        The database refuses to write.
        """
        async with self._connections:
            with translate_errors():
                # {% if cookiecutter.database == "sqlite" %}
                # A thread for all of it; aiosqlite goes to one for each step.
                return await asyncio.to_thread(self._read, work)
                # {% else %}
                # A greenlet for all of it; the async methods take one for each step.
                return await greenlet_spawn(self._read, work)
                # {% endif %}

    def _read(self, work: Callable[[Connection], Result]) -> Result:
        with self.read_engine.connect() as connection:
            return work(connection)

    async def transaction(
        self,
        work: Work[Arguments, Result],
        *args: Arguments.args,
        **kwargs: Arguments.kwargs,
    ) -> Result:
        """Run the work with a {{ "session" if cookiecutter.data_access == "repository" else "connection" }} and the arguments, and commit it.

        Where other transactions made the database undo it (Retryable), the whole of it
        runs again, ATTEMPTS times at most, because what it has read may have changed.
        What must happen once, such as sending a message, is done before or after.
        Returns what the work returns.
        """
        for attempt in range(1, ATTEMPTS):
            try:
                return await self._run(work, *args, **kwargs)
            except Retryable:
                await asyncio.sleep(pause_after(attempt))
        return await self._run(work, *args, **kwargs)

    async def _run(
        self,
        work: Work[Arguments, Result],
        *args: Arguments.args,
        **kwargs: Arguments.kwargs,
    ) -> Result:
        # {% if cookiecutter.data_access == "repository" %}
        async with self.session() as session:
            result = await work(session, *args, **kwargs)
            await session.commit()
        # {% else %}
        async with self.connection() as connection:
            result = await work(connection, *args, **kwargs)
            await greenlet_spawn(self._commit, connection.sync_connection)
        # {% endif %}
        return result

    # {% if cookiecutter.data_access == "repository" %}
    @asynccontextmanager
    async def session(self) -> AsyncIterator[AsyncSession]:
        """Open a session. What is not committed is rolled back, and nothing is retried."""
        async with self._connections:
            with translate_errors():
                session = self._make_session()
                try:
                    yield session
                finally:
                    await self._close(session)

    @staticmethod
    async def _close(session: AsyncSession) -> None:
        if not session.in_transaction():
            session.sync_session.close()  # without a round trip
            return
        # To be cancelled now would leave the connection in its transaction.
        await asyncio.shield(session.close())

    # {% else %}
    @asynccontextmanager
    async def connection(self) -> AsyncIterator[AsyncConnection]:
        """Open a connection. What is not committed is rolled back; nothing is retried."""
        async with self._connections:
            with translate_errors():
                connection = await self.engine.connect()
                try:
                    yield connection
                finally:
                    # To be cancelled now would leave it in its transaction.
                    if not connection.closed:
                        await asyncio.shield(connection.close())

    @staticmethod
    def _commit(connection: Connection) -> None:
        # And return it to the pool in the same greenlet; async methods take two.
        connection.commit()
        connection.close()

    # {% endif %}
    async def dispose(self) -> None:
        """Close all connections. Call it once, when the service stops."""
        await self.engine.dispose()
        # {% if cookiecutter.database != "sqlite" %}
        await greenlet_spawn(self.read_engine.dispose)
        # {% else %}
        self.read_engine.dispose()
        # {% endif %}


def pause_after(attempt: int) -> float:
    """Return the seconds to wait after an attempt; the first is 1.

    They are random, or transactions that met once would meet again.
    """
    return RANDOM.uniform(0, PAUSE * 2**attempt)


@asynccontextmanager
async def savepoint(transaction: {{ "AsyncSession" if cookiecutter.data_access == "repository" else "AsyncConnection" }}) -> AsyncIterator[None]:
    """Begin a part of a transaction that may be undone without losing the rest.

    Raises the same errors as Database does. Go on after Conflict or Invalid only: some
    of the others, a deadlock above all, have undone the whole transaction.
    """
    with translate_errors():
        async with transaction.begin_nested():
            yield


class ConnectionLimiter(asyncio.Semaphore):
    """Lets so many tasks use a connection at once, in the order in which they came.

    SQLAlchemy's pool wakes waiters in no order, and under load some of them would
    starve. Raises Unavailable after so many seconds of waiting.
    """

    def __init__(self, number: int, timeout: float) -> None:
        super().__init__(number)
        self._timeout = timeout

    async def acquire(self) -> Literal[True]:
        if not self.locked():
            return await super().acquire()  # at once
        try:
            with Waiting():
                async with asyncio.timeout(self._timeout):
                    return await super().acquire()
        except TimeoutError as error:
            raise Unavailable("The service is busy.") from error
