"""The database of the service: reads, and transactions."""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Concatenate, ParamSpec, TypeAlias, TypeVar, TypeVarTuple

from pydantic import BaseModel
from sqlalchemy import Connection, Row, Select
# {% if cookiecutter.data_access == "repository" %}
from sqlalchemy.orm import Session, sessionmaker
# {% endif %}

from app.database.engine import create_database_engine, create_read_engine
from app.database.errors import translate_errors
# {% if cookiecutter.database != "sqlite" %}
from app.database.failover import Failover
# {% endif %}
from app.database.rows import AnySelect, validate_rows
from app.errors import Retryable
from app.settings import Settings

Schema = TypeVar("Schema", bound=BaseModel)
Result = TypeVar("Result")
Arguments = ParamSpec("Arguments")
Columns = TypeVarTuple("Columns")
# {% if cookiecutter.data_access == "repository" %}
Work: TypeAlias = Callable[Concatenate[Session, Arguments], Result]
# {% else %}
Work: TypeAlias = Callable[Concatenate[Connection, Arguments], Result]
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
        self.failover = Failover(self.engine, self.read_engine)
        # {% endif %}
        # {% if cookiecutter.data_access == "repository" %}
        # Objects stay readable after the commit: nothing is loaded implicitly.
        self._make_session = sessionmaker(self.engine, expire_on_commit=False)
        # {% endif %}

    def fetch_all(
        self, schema: type[Schema], statement: AnySelect, /, **values: Any
    ) -> list[Schema]:
        """Fetch the rows of a select, each as the schema that its columns are named for.

        The values of the statement's bindparams are passed by name.
        """
        return validate_rows(schema, self.fetch_rows(statement, **values))

    def fetch_one(
        self, schema: type[Schema], statement: AnySelect, /, **values: Any
    ) -> Schema | None:
        """Fetch the first row of a select as a schema, or None; see `fetch_all`."""
        rows = self.fetch_all(schema, statement, **values)
        return rows[0] if rows else None

    def fetch_rows(
        self, statement: Select[*Columns], /, **values: Any
    ) -> Sequence[Row[*Columns]]:
        """Fetch the rows of a select as they are; see `fetch_all`."""

        def fetch(connection: Connection) -> Sequence[Row[*Columns]]:
            return connection.execute(statement, values).all()

        return self.read(fetch)

    def read(self, work: Callable[[Connection], Result]) -> Result:
        """Return what a plain function returns that reads by a connection.

        There is no transaction: each statement sees what is committed when it begins.
        The database refuses to write.
        """
        with translate_errors(), self.read_engine.connect() as connection:
            return work(connection)

    def transaction(
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
                return self._run(work, *args, **kwargs)
            except Retryable:
                time.sleep(pause_after(attempt))
        return self._run(work, *args, **kwargs)

    def _run(
        self,
        work: Work[Arguments, Result],
        *args: Arguments.args,
        **kwargs: Arguments.kwargs,
    ) -> Result:
        # {% if cookiecutter.data_access == "repository" %}
        with self.session() as session:
            result = work(session, *args, **kwargs)
            session.commit()
        # {% else %}
        with self.connection() as connection:
            result = work(connection, *args, **kwargs)
            connection.commit()
        # {% endif %}
        return result

    # {% if cookiecutter.data_access == "repository" %}
    @contextmanager
    def session(self) -> Iterator[Session]:
        """Open a session. What is not committed is rolled back, and nothing is retried."""
        with translate_errors(), self._make_session() as session:
            yield session

    # {% else %}
    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """Open a connection. What is not committed is rolled back; nothing is retried."""
        with translate_errors(), self.engine.connect() as connection:
            yield connection

    # {% endif %}
    def dispose(self) -> None:
        """Close all connections. Call it once, when the service stops."""
        self.engine.dispose()
        self.read_engine.dispose()


def pause_after(attempt: int) -> float:
    """Return the seconds to wait after an attempt; the first is 1.

    They are random, or transactions that met once would meet again.
    """
    return RANDOM.uniform(0, PAUSE * 2**attempt)


@contextmanager
def savepoint(transaction: {{ "Session" if cookiecutter.data_access == "repository" else "Connection" }}) -> Iterator[None]:
    """Begin a part of a transaction that may be undone without losing the rest.

    Raises the same errors as Database does. Go on after Conflict or Invalid only: some
    of the others, a deadlock above all, have undone the whole transaction.
    """
    with translate_errors(), transaction.begin_nested():
        yield
