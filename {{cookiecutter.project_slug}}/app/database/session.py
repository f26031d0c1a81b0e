"""What the service does its database work with: rows to show, sessions to change things."""

# {% if cookiecutter.concurrency == "async" %}
import asyncio
# {% endif %}
from collections.abc import AsyncIterator, Sequence
# {% if cookiecutter.concurrency == "async" %}
from contextlib import AbstractAsyncContextManager, asynccontextmanager
# {% else %}
from contextlib import AbstractContextManager, contextmanager
# {% endif %}
# {% if cookiecutter.concurrency == "async" %}
from typing import Any, Literal, TypeVarTuple
# {% else %}
from typing import Any, TypeVarTuple
# {% endif %}

from sqlalchemy import Row, Select
# {% if cookiecutter.concurrency == "async" %}
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from sqlalchemy.util import greenlet_spawn
# {% else %}
from sqlalchemy.orm import Session, sessionmaker
# {% endif %}

from app.database.engine import create_database_engine, create_read_engine
from app.database.failures import translated
# {% if cookiecutter.concurrency == "async" %}
from app.errors import Unavailable
# {% endif %}
from app.settings import Settings

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
        # Objects stay readable after commit: nothing is loaded behind our back.
        self._write = async_sessionmaker(self.engine, expire_on_commit=False)
        self._read = async_sessionmaker(self.read_engine, expire_on_commit=False)
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
        """Give the rows of a select, whose bindparams are given by name.

        Each statement stands alone: the next one may see what was committed meanwhile.
        """
        # {% if cookiecutter.concurrency == "async" %}
        async with self._turns:
            with translated():
                # One greenlet for all of it; the async methods take one for each step.
                return await greenlet_spawn(self._fetch_all, statement, values)
        # {% else %}
        with translated():
            return self._fetch_all(statement, values)
        # {% endif %}

    async def fetch_one(
        self,
        statement: Select[*Columns],
        /,
        **values: Any,
    ) -> Row[*Columns] | None:
        """Give the first row of a select, or None; see `fetch_all`."""
        rows = await self.fetch_all(statement, **values)
        return rows[0] if rows else None

    def session(self) -> AbstractAsyncContextManager[AsyncSession]:
        """Open a session to write with. What is not committed is rolled back."""
        return self._open(self._write)

    def read_session(self) -> AbstractAsyncContextManager[AsyncSession]:
        """Open a session to read objects with. The database refuses its writes."""
        return self._open(self._read)

    async def dispose(self) -> None:
        """Close all connections. Call it once, when the service stops."""
        await self.engine.dispose()
        await self.read_engine.dispose()

    def _fetch_all(
        self,
        statement: Select[*Columns],
        values: dict[str, Any],
    ) -> Sequence[Row[*Columns]]:
        with self.read_engine.sync_engine.connect() as connection:
            return connection.execute(statement, values).all()

    @asynccontextmanager
    async def _open(
        self,
        make_session: async_sessionmaker[AsyncSession],
    ) -> AsyncIterator[AsyncSession]:
        # {% if cookiecutter.concurrency == "async" %}
        async with self._turns:
            with translated():
                session = make_session()
                try:
                    yield session
                finally:
                    await _close(session)
        # {% else %}
        with translated(), make_session() as session:
            yield session
        # {% endif %}
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
