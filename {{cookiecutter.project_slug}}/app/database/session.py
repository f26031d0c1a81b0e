"""The sessions of the service: one kind that writes, one that only reads."""

# {% if cookiecutter.concurrency == "async" %}
import asyncio
# {% endif %}
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.exc import SQLAlchemyError
# {% if cookiecutter.concurrency == "async" %}
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
# {% else %}
from sqlalchemy.orm import Session, sessionmaker
# {% endif %}

from app.database.engine import READ_ONLY, create_database_engine
from app.database.failures import translate
# {% if cookiecutter.concurrency == "async" %}
from app.errors import Unavailable
# {% endif %}
from app.settings import Settings


class Database:
    """The engine of the service and the sessions made from it.

    Open one session at a time: a second one inside the first takes a second
    connection, and enough requests that do so wait for each other for ever.

    Both kinds raise Conflict, Invalid or Unavailable in place of the driver's errors.
    """

    def __init__(self, settings: Settings) -> None:
        self.engine = create_database_engine(settings)
        # Objects stay readable after commit: nothing is loaded behind our back.
        self._write = async_sessionmaker(self.engine, expire_on_commit=False)
        self._read = async_sessionmaker(
            self.engine.execution_options(**READ_ONLY), expire_on_commit=False
        )
        # {% if cookiecutter.concurrency == "async" %}
        # First come, first served. SQLAlchemy's pool wakes waiters in no order, and
        # under load some of them would starve.
        self._turns = asyncio.Semaphore(settings.database_pool_size)
        self._patience = settings.database_pool_timeout
        # {% endif %}

    @asynccontextmanager
    async def session(self) -> AsyncIterator[AsyncSession]:
        """Open a session to write with. What is not committed is rolled back."""
        async with self._open(self._write) as session:
            yield session

    @asynccontextmanager
    async def read_session(self) -> AsyncIterator[AsyncSession]:
        """Open a session to read with. It takes no write lock and cannot commit."""
        async with self._open(self._read) as session:
            yield session

    async def dispose(self) -> None:
        """Close all connections. Call it once, when the service stops."""
        await self.engine.dispose()

    @asynccontextmanager
    async def _open(
        self,
        make_session: async_sessionmaker[AsyncSession],
    ) -> AsyncIterator[AsyncSession]:
        try:
            # {% if cookiecutter.concurrency == "async" %}
            async with self._turn(), make_session() as session:
            # {% else %}
            with make_session() as session:
            # {% endif %}
                # {% if cookiecutter.driver == "asyncpg" %}
                await _connect(session)
                # {% endif %}
                yield session
        except SQLAlchemyError as error:
            if translated := translate(error):
                raise translated from error
            raise
    # {% if cookiecutter.concurrency == "async" %}

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(self._patience):
                await self._turns.acquire()
        except TimeoutError as error:
            raise Unavailable("The service is busy.") from error
        try:
            yield
        finally:
            self._turns.release()
    # {% endif %}
# {% if cookiecutter.driver == "asyncpg" %}


async def _connect(session: AsyncSession) -> None:
    # asyncpg's connection errors come as bare OSErrors. Connecting before anything else
    # is done tells them from the OSErrors of other work.
    try:
        await session.connection()
    except OSError as error:
        raise Unavailable("The database does not answer.") from error
# {% endif %}
