"""The sessions of the service: one kind that writes, one that only reads."""

# {% if cookiecutter.concurrency == "async" %}
import asyncio
# {% endif %}
from collections.abc import AsyncIterator
# {% if cookiecutter.concurrency == "async" %}
from contextlib import AbstractAsyncContextManager, asynccontextmanager
# {% else %}
from contextlib import AbstractContextManager, contextmanager
# {% endif %}

# {% if cookiecutter.concurrency == "async" %}
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
# {% else %}
from sqlalchemy.orm import Session, sessionmaker
# {% endif %}

from app.database.engine import create_database_engine, create_read_engine
from app.database.failures import translated
# {% if cookiecutter.concurrency == "async" %}
from app.errors import Unavailable
# {% endif %}
from app.settings import Settings


class Database:
    """The engines of the service and the sessions made from them.

    Open one session at a time: a second one inside the first takes a second
    connection, and enough requests that do so wait for each other for ever.

    Both kinds raise Conflict, Invalid or Unavailable in place of the driver's errors.
    """

    def __init__(self, settings: Settings) -> None:
        self.engine = create_database_engine(settings)
        self.read_engine = create_read_engine(settings)
        # Objects stay readable after commit: nothing is loaded behind our back.
        self._write = async_sessionmaker(self.engine, expire_on_commit=False)
        self._read = async_sessionmaker(self.read_engine, expire_on_commit=False)
        # {% if cookiecutter.concurrency == "async" %}
        # First come, first served. SQLAlchemy's pool wakes waiters in no order, and
        # under load some of them would starve.
        self._turns = asyncio.Semaphore(settings.database_pool_size)
        self._patience = settings.database_pool_timeout
        # {% endif %}

    def session(self) -> AbstractAsyncContextManager[AsyncSession]:
        """Open a session to write with. What is not committed is rolled back."""
        return self._open(self._write)

    def read_session(self) -> AbstractAsyncContextManager[AsyncSession]:
        """Open a session to read with. The database refuses its writes."""
        return self._open(self._read)

    async def dispose(self) -> None:
        """Close all connections. Call it once, when the service stops."""
        await self.engine.dispose()
        await self.read_engine.dispose()

    @asynccontextmanager
    async def _open(
        self,
        make_session: async_sessionmaker[AsyncSession],
    ) -> AsyncIterator[AsyncSession]:
        # {% if cookiecutter.concurrency == "async" %}
        await self._take_turn()
        try:
            with translated():
                async with make_session() as session:
                    yield session
        finally:
            self._turns.release()
        # {% else %}
        with translated(), make_session() as session:
            yield session
        # {% endif %}
    # {% if cookiecutter.concurrency == "async" %}

    async def _take_turn(self) -> None:
        if not self._turns.locked():
            await self._turns.acquire()  # at once
            return
        try:
            async with asyncio.timeout(self._patience):
                await self._turns.acquire()
        except TimeoutError as error:
            raise Unavailable("The service is busy.") from error
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
