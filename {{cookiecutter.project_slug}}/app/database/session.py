"""What the service does its database work with: rows to show, sessions to change things."""

# {% if cookiecutter.concurrency == "async" %}
import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, Literal, TypeVar, TypeVarTuple
# {% else %}
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar, TypeVarTuple
# {% endif %}

from sqlalchemy import Connection, Row, Select
# {% if cookiecutter.concurrency == "async" %}
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
# {% if cookiecutter.database != "sqlite" %}
from sqlalchemy.util import greenlet_spawn
# {% endif %}
# {% else %}
from sqlalchemy.orm import Session, sessionmaker
# {% endif %}

from app.database.engine import create_database_engine, create_read_engine
# {% if cookiecutter.database != "sqlite" %}
from app.database.failover import Failover
# {% endif %}
from app.database.failures import translated
# {% if cookiecutter.concurrency == "async" %}
from app.errors import Unavailable
# {% endif %}
from app.settings import Settings

Result = TypeVar("Result")
Columns = TypeVarTuple("Columns")


class Database:
    """The engines of the service, and what is done with them.

    What clients only want to see is fetched as rows, without a session: objects that
    nobody changes cost more than the query. What changes something opens a session, one
    at a time: a second one inside the first takes a second connection, and enough
    requests that do so wait for each other for ever.

    All raise Conflict, Invalid or Unavailable in place of the driver's errors.
    """

    def __init__(self, settings: Settings) -> None:
        self.engine = create_database_engine(settings)
        self.read_engine = create_read_engine(settings)
        # {% if cookiecutter.database != "sqlite" %}
        self.failover = Failover(self.engine.sync_engine, self.read_engine)
        # {% endif %}
        # Objects stay readable after commit: nothing is loaded behind our back.
        self._make_session = async_sessionmaker(self.engine, expire_on_commit=False)
        # {% if cookiecutter.concurrency == "async" %}
        self._turns = _Turns(
            settings.database_pool_size, settings.database_pool_timeout
        )
        # {% endif %}

    async def fetch_all(
        self,
        statement: Select[*Columns],
        /,
        **values: Any,
    ) -> Sequence[Row[*Columns]]:
        """Give the rows of a select, whose bindparams are given by name."""

        def fetch(connection: Connection) -> Sequence[Row[*Columns]]:
            return connection.execute(statement, values).all()

        return await self.read(fetch)

    async def fetch_one(
        self,
        statement: Select[*Columns],
        /,
        **values: Any,
    ) -> Row[*Columns] | None:
        """Give the first row of a select, or None; see `fetch_all`."""
        rows = await self.fetch_all(statement, **values)
        return rows[0] if rows else None

    async def read(self, work: Callable[[Connection], Result]) -> Result:
        """Give what some work, a plain function, gives that reads by a connection.

        There is no transaction: each statement sees what is committed when it begins.
        The database refuses to write.
        """
        # {% if cookiecutter.concurrency == "sync" %}
        with translated():
            return self._read(work)
        # {% else %}
        async with self._turns:
            with translated():
                # {% if cookiecutter.database == "sqlite" %}
                # A thread for all of it; aiosqlite goes to one for each step.
                return await asyncio.to_thread(self._read, work)
                # {% else %}
                # A greenlet for all of it; the async methods take one for each step.
                return await greenlet_spawn(self._read, work)
                # {% endif %}
        # {% endif %}

    @asynccontextmanager
    async def session(self) -> AsyncIterator[AsyncSession]:
        """Open a session to change things. What is not committed is rolled back."""
        # {% if cookiecutter.concurrency == "async" %}
        async with self._turns:
            with translated():
                session = self._make_session()
                try:
                    yield session
                finally:
                    await _close(session)
        # {% else %}
        with translated(), self._make_session() as session:
            yield session
        # {% endif %}

    async def dispose(self) -> None:
        """Close all connections. Call it once, when the service stops."""
        await self.engine.dispose()
        # {% if cookiecutter.concurrency == "async" and cookiecutter.database != "sqlite" %}
        await greenlet_spawn(self.read_engine.dispose)
        # {% else %}
        self.read_engine.dispose()
        # {% endif %}

    def _read(self, work: Callable[[Connection], Result]) -> Result:
        with self.read_engine.connect() as connection:
            return work(connection)
# {% if cookiecutter.concurrency == "async" %}


class _Turns(asyncio.Semaphore):
    """Turns to use a connection: first come, first served.

    SQLAlchemy's pool wakes waiters in no order, and under load some of them would
    starve. Raises Unavailable after so many seconds without a turn.
    """

    def __init__(self, number: int, patience: float) -> None:
        super().__init__(number)
        self._patience = patience

    async def acquire(self) -> Literal[True]:
        if not self.locked():
            return await super().acquire()  # at once
        try:
            async with asyncio.timeout(self._patience):
                return await super().acquire()
        except TimeoutError as error:
            raise Unavailable("The service is busy.") from error


async def _close(session: AsyncSession) -> None:
    if not session.in_transaction():
        session.sync_session.close()  # the database need not be told
        return
    # To be cancelled now would leave the connection in its transaction.
    await asyncio.shield(session.close())
# {% endif %}
# {% if cookiecutter.sample == "shop" %}


@asynccontextmanager
async def savepoint(session: AsyncSession) -> AsyncIterator[None]:
    """Begin a part of a session's work that may be undone without losing the rest.

    Raises the same errors as a session does. Go on after Conflict or Invalid only: of
    what else may happen, a deadlock above all, some undoes the whole transaction.
    """
    # {% if cookiecutter.concurrency == "async" %}
    with translated():
        async with session.begin_nested():
            yield
    # {% else %}
    with translated(), session.begin_nested():
        yield
    # {% endif %}
# {% endif %}
