"""Access of a test to the service's database: hold locks, count open connections."""

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
    """An observer with its own connection to the database of a service."""

    @contextmanager
    def holding(self, users: Iterable[int]) -> Iterator[None]:
        """Lock the rows of these users, so that others who write to them wait."""
        ...

    def accepts(self) -> bool:
        """Return whether the database accepts connections."""
        ...

    def open_transactions(self) -> int:
        """Count the open transactions of others."""
        ...

    def connections(self) -> int:
        """Count the connections of others."""
        ...

    def abandoned(self) -> int:
        """Count all connections to date that clients left without closing them."""
        ...

    def usernames(self) -> set[str]:
        """Return the names of all users."""
        ...


@dataclass(frozen=True)
class Dialect:
    """Queries for the counts, without the observer's own connection."""

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
        # MySQL also has it in a table, but MariaDB does not.
        abandoned="SHOW GLOBAL STATUS LIKE 'Aborted_clients'",
    ),
}


class ServerObserver:
    """An observer on PostgreSQL, MySQL or MariaDB."""

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

    def _count(self, query: str) -> int:
        with self._engine.connect() as connection:
            return int(connection.exec_driver_sql(query).one()[-1])


class FileObserver:
    """An observer on SQLite, which has one lock for all writers."""

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
        # SQLite removes the log when the last connection is closed properly.
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
