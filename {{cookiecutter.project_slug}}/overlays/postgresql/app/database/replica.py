"""A replica to read from: a standby of the primary, which may be behind it or away."""

# {% if cookiecutter.concurrency == "async" %}
import asyncio
# {% endif %}
import logging
import time
from collections.abc import Callable
# {% if cookiecutter.concurrency == "sync" %}
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from threading import BoundedSemaphore
# {% endif %}
from typing import Any, TypeAlias, TypeVar

from sqlalchemy import Connection, event, text
from sqlalchemy.exc import DisconnectionError, SQLAlchemyError, StatementError
# {% if cookiecutter.concurrency == "async" %}
from sqlalchemy.util import greenlet_spawn
# {% endif %}

# {% if cookiecutter.concurrency == "async" %}
from app.database.database import ConnectionLimiter
# {% endif %}
from app.database.engine import create_read_engine
from app.database.pooling import connections_at_once
from app.database.positions import UNKNOWN, parse_position
# {% if cookiecutter.concurrency == "async" %}
from app.errors import Unavailable
from app.http.deadline import run_with_timeout
# {% endif %}
from app.settings import Settings

Result = TypeVar("Result")
Read: TypeAlias = Callable[[Connection], Result]

logger = logging.getLogger(__name__)

PAUSE = 1.0  # seconds between two trials of a replica that is away
QUEUE = 0.25  # seconds to wait for a connection; then the primary serves

# No row where the server is no standby: a promoted one no longer follows our primary.
REPLAYED = text(
    "SELECT CAST(pg_last_wal_replay_lsn() AS text) WHERE pg_is_in_recovery()"
)
SEEN = "replayed"  # the position that a connection's server is known to have replayed


class NotServed(Exception):
    """The replica is away, busy or behind: the primary has to serve the read."""


class Replica:
    """A standby with a pool of its own, which serves a read or raises NotServed.

    It begins as away. While it is away no request waits for it: a read starts a trial
    beside itself, one in PAUSE seconds, and the first that succeeds ends this.
    """

    def __init__(self, settings: Settings) -> None:
        url = {"database_url": settings.database_read_url}
        self._engine = create_read_engine(settings.model_copy(update=url))
        # Before the pings, for which a server that hangs would not have an answer.
        event.listen(self._engine, "checkout", self._replace_if_left, insert=True)
        # A server that hangs leaves the primary half of the request's time.
        limits = settings.database_statement_timeout, settings.request_timeout / 2
        self._timeout = min(limits)
        number = connections_at_once(settings)
        # {% if cookiecutter.concurrency == "async" %}
        self._connections = ConnectionLimiter(number, QUEUE)
        self._trial: asyncio.Task[None] | None = None
        # {% else %}
        self._connections = BoundedSemaphore(number)
        # Threads of its own, which a server that hangs may keep; one is for trials.
        self._threads = ThreadPoolExecutor(number + 1, "replica")
        # {% endif %}
        # A pooler may lead a connection to another server, which is further behind.
        self._remembers = settings.database_pooler == "none"
        self._serves = False
        self._reported = False
        self._left = float("-inf")
        self._next_trial = float("-inf")

    def serves(self) -> bool:
        """Return whether the replica serves, and start a trial if one is due."""
        if not self._serves and time.monotonic() >= self._next_trial:
            self._next_trial = float("inf")
            self._start_trial()
        return self._serves

    # {% if cookiecutter.concurrency == "async" %}
    async def read(self, work: Read[Result], position: int) -> Result:
        """Return what the work reads where the position is replayed, or raise NotServed.

        Every error of the database is NotServed: it may be the replica's alone, such as
        a table that it does not have yet.
        """
        if not self.serves():
            raise NotServed
        reading = self._read_in_turn(work, position)
        try:
            # Drivers take seconds to end a statement of a server that hangs.
            return await run_with_timeout(self._timeout, reading)
        except Unavailable as error:
            raise NotServed from error
        except TimeoutError as error:
            self._leave(error)
            raise NotServed from error

    async def _read_in_turn(self, work: Read[Result], position: int) -> Result:
        async with self._connections:
            return await greenlet_spawn(self._read, work, position)

    def _start_trial(self) -> None:
        self._trial = asyncio.create_task(self._try())

    async def _try(self) -> None:
        try:
            await run_with_timeout(self._timeout, greenlet_spawn(self._connect))
        except (NotServed, SQLAlchemyError, OSError) as error:
            self._leave(error)

    async def dispose(self) -> None:
        """Close all connections."""
        if self._trial is not None:
            self._trial.cancel()
            await asyncio.wait({self._trial})
        await greenlet_spawn(self._engine.dispose)

    # {% else %}
    def read(self, work: Read[Result], position: int) -> Result:
        """Return what the work reads where the position is replayed, or raise NotServed.

        Every error of the database is NotServed: it may be the replica's alone, such as
        a table that it does not have yet.
        """
        if not self.serves() or not self._connections.acquire(timeout=QUEUE):
            raise NotServed
        run = copy_context().run
        reading = self._threads.submit(run, self._read_and_release, work, position)
        try:
            return reading.result(self._timeout)
        except TimeoutError as error:
            self._leave(error)
            raise NotServed from error

    def _read_and_release(self, work: Read[Result], position: int) -> Result:
        try:
            return self._read(work, position)
        finally:
            self._connections.release()

    def _start_trial(self) -> None:
        self._threads.submit(self._try)

    def _try(self) -> None:
        try:
            self._connect()
        except (NotServed, SQLAlchemyError, OSError) as error:
            self._leave(error)

    def dispose(self) -> None:
        """Close all connections."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._engine.dispose()

    # {% endif %}
    def _read(self, work: Read[Result], position: int) -> Result:
        try:
            with self._engine.connect() as connection:
                if self._replayed(connection, position) < position:
                    raise NotServed
                return work(connection)
        except SQLAlchemyError as error:
            if _is_of_server(error):
                self._leave(error)
            raise NotServed from error

    def _replayed(self, connection: Connection, position: int) -> int:
        """Return a position that is replayed; ask only if a newer one is looked for."""
        seen: int = connection.info.get(SEEN, UNKNOWN)
        if seen < position or not self._remembers:
            seen = connection.info[SEEN] = self._fetch_replayed(connection)
        return seen

    def _fetch_replayed(self, connection: Connection) -> int:
        replayed: str | None = connection.scalar(REPLAYED)
        if replayed is None:
            error = NotServed("The server is no standby.")
            self._leave(error)
            raise error
        return parse_position(replayed) or UNKNOWN

    def _connect(self) -> None:
        """Serve again, if the server answers and is a standby."""
        with self._engine.connect() as connection:
            self._fetch_replayed(connection)
        logger.info("The replica serves.")
        self._serves, self._reported = True, False

    def _leave(self, error: Exception) -> None:
        """Let the primary serve, and replace every connection that there is now."""
        if not self._reported:
            logger.warning("The replica is away, the primary serves (%r).", error)
        self._serves, self._reported = False, True
        self._left = time.monotonic()
        self._next_trial = self._left + PAUSE

    def _replace_if_left(
        self, _connection: object, record: Any, _proxy: object
    ) -> None:
        made = record.info.setdefault("made", time.monotonic())
        if made <= self._left:
            raise DisconnectionError


def _is_of_server(error: SQLAlchemyError) -> bool:
    """Return whether an error is one of the connection rather than of a statement."""
    if not isinstance(error, StatementError) or error.statement is None:
        return True
    return bool(getattr(error, "connection_invalidated", False))
