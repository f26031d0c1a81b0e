"""What a test does in the service's database itself: hold locks, count what is left open."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from sqlalchemy import Engine, NullPool, create_engine
from sqlalchemy.exc import OperationalError

from tests.servers import administrator

CONNECT_TIMEOUT = 2  # seconds
LOCK_TIMEOUT = 5  # seconds


class Observer(Protocol):
    """Somebody with a connection of their own to the database of a service."""

    @contextmanager
    def holding(self, users: Iterable[int]) -> Iterator[None]:
        """Hold the locks of these users, so that whoever writes about them waits."""
        ...

    def accepts(self) -> bool:
        """Say whether the database lets anybody in."""
        ...

    def open_transactions(self) -> int:
        """Count the transactions that others have begun and not ended."""
        ...

    def connections(self) -> int:
        """Count the connections of others."""
        ...

    def abandoned(self) -> int:
        """Count the connections, ever, whose client went without closing them."""
        ...

    def usernames(self) -> set[str]:
        """Give the names of all users."""
        ...


@dataclass(frozen=True)
class Dialect:
    """How a server is asked; each count leaves out who asks."""

    open_transactions: str
    connections: str
    abandoned: str


OTHERS = (
    "FROM pg_stat_activity WHERE datname = current_database()"
    " AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
)
DIALECTS = {
    "postgresql": Dialect(
        open_transactions=f"SELECT count(*) {OTHERS} AND xact_start IS NOT NULL",
        connections=f"SELECT count(*) {OTHERS}",
        abandoned=(
            "SELECT sessions_abandoned FROM pg_stat_database WHERE datname = current_database()"
        ),
    ),
    "mysql": Dialect(
        open_transactions="SELECT count(*) FROM information_schema.innodb_trx",
        connections=(
            "SELECT count(*) FROM information_schema.processlist"
            " WHERE db = database() AND id <> connection_id()"
        ),
        # Where MySQL keeps it in a table, MariaDB does not.
        abandoned="SHOW GLOBAL STATUS LIKE 'Aborted_clients'",
    ),
}


class ServerObserver:
    """An observer on PostgreSQL or MariaDB."""

    def __init__(self, database: str, url: str) -> None:
        self._dialect = DIALECTS[database]
        self._engine = administrator(url, connect_args={"connect_timeout": CONNECT_TIMEOUT})

    @contextmanager
    def holding(self, users: Iterable[int]) -> Iterator[None]:
        ids = ", ".join(map(str, users))
        lock = f"SELECT id FROM users WHERE id IN ({ids}) FOR UPDATE"
        with _transaction(self._engine, "BEGIN", lock):
            yield

    def accepts(self) -> bool:
        try:
            return self._count("SELECT 1") == 1
        except OperationalError:
            return False

    def open_transactions(self) -> int:
        return self._count(self._dialect.open_transactions)

    def connections(self) -> int:
        return self._count(self._dialect.connections)

    def abandoned(self) -> int:
        return self._count(self._dialect.abandoned)

    def usernames(self) -> set[str]:
        return _usernames(self._engine)

    def _count(self, question: str) -> int:
        with self._engine.connect() as connection:
            return int(connection.exec_driver_sql(question).one()[-1])


class FileObserver:
    """An observer on SQLite, where one lock is for all that is written."""

    def __init__(self, file: Path) -> None:
        self._log = file.with_name(f"{file.name}-wal")
        self._engine = create_engine(
            f"sqlite:///{file}",
            connect_args={"timeout": LOCK_TIMEOUT},
            isolation_level="AUTOCOMMIT",
            poolclass=NullPool,
        )

    @contextmanager
    def holding(self, users: Iterable[int]) -> Iterator[None]:
        with _transaction(self._engine, "BEGIN IMMEDIATE"):
            yield

    def accepts(self) -> bool:
        return True

    def open_transactions(self) -> int:
        try:
            with _transaction(self._engine, "PRAGMA busy_timeout = 0", "BEGIN IMMEDIATE"):
                return 0
        except OperationalError:
            return 1

    def connections(self) -> int:
        # The last connection that is closed in good order takes the log along.
        return int(self._log.exists())

    def abandoned(self) -> int:
        return self.connections()

    def usernames(self) -> set[str]:
        return _usernames(self._engine)


def _usernames(engine: Engine) -> set[str]:
    with engine.connect() as connection:
        return {*connection.exec_driver_sql("SELECT username FROM users").scalars()}


@contextmanager
def _transaction(engine: Engine, *statements: str) -> Iterator[None]:
    with engine.connect() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
        try:
            yield
        finally:
            connection.exec_driver_sql("ROLLBACK")
