"""Engines behind a pooler in transaction mode, such as PgBouncer.

It lends a connection of the server for one transaction, and then to any other client.
The service therefore leaves nothing on it: no parameters at the start, and no SET. Each
transaction is set to what sessions are set to without a pooler, in a round trip that it
takes anyway.

https://www.pgbouncer.org/features.html
"""

from collections.abc import Callable
from typing import Any

from psycopg2.extensions import TRANSACTION_STATUS_IDLE, connection, cursor
from sqlalchemy import Engine

from app.database.parameters import READ_ONLY, local_parameters, set_at_begin
from app.settings import Settings


def create_pooled_engine(settings: Settings, create: Callable[..., Engine]) -> Engine:
    """Create the engine of the service, by a function of the driver's arguments."""
    engine = create({"connection_factory": OwnTransactions})
    set_at_begin(engine, settings)
    return engine


def create_pooled_read_engine(
    settings: Settings, create: Callable[..., Engine]
) -> Engine:
    """Create the engine for reads, by a function of the driver's arguments.

    The server refuses to write in its transactions.
    """
    return create(
        {"cursor_factory": _reading_cursor(local_parameters(settings) + READ_ONLY)},
        isolation_level="AUTOCOMMIT",
        skip_autocommit_rollback=True,
    )


def _reading_cursor(parameters: str) -> type[cursor]:
    class ReadingCursor(cursor):
        """Reads in one round trip, which is a transaction with the parameters."""

        def execute(self, query: str, values: Any = None) -> None:
            super().execute(parameters + query, values)

    return ReadingCursor


class OwnTransactions(connection):
    """Begins no transactions, but ends those that a statement has begun.

    psycopg2 would begin each in a round trip of its own, and in autocommit mode end none.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.autocommit = True

    def commit(self) -> None:
        self._end("COMMIT")

    def rollback(self) -> None:
        self._end("ROLLBACK")

    def _end(self, statement: str) -> None:
        if self.info.transaction_status == TRANSACTION_STATUS_IDLE:
            return
        with self.cursor() as cursor:
            cursor.execute(statement)
