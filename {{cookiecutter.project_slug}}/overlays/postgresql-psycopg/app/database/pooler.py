"""Engines behind a pooler in transaction mode, such as PgBouncer.

It lends a connection of the server for one transaction, and then to any other client.
The service therefore leaves nothing on it: no parameters at the start, no SET, and no
prepared statement by name. Each transaction is set to what sessions are set to without
a pooler, in a round trip that it takes anyway.

https://www.pgbouncer.org/features.html
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Self

# {% if cookiecutter.concurrency == "async" %}
from psycopg import AsyncClientCursor as ClientCursor
# {% else %}
from psycopg import ClientCursor
# {% endif %}
from psycopg.abc import Buffer
from psycopg.adapt import Loader
# {% if cookiecutter.concurrency == "async" %}
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine
# {% else %}
from sqlalchemy import Engine, event
# {% endif %}

from app.database.parameters import READ_ONLY, local_parameters, set_at_begin
from app.settings import Settings


def create_pooled_engine(
    settings: Settings, create: Callable[..., AsyncEngine]
) -> AsyncEngine:
    """Create the engine of the service, by a function of the driver's arguments."""
    # In autocommit mode psycopg sends no BEGIN: we send one, with the parameters.
    engine = create({"autocommit": True, "prepare_threshold": None})
    set_at_begin(engine.sync_engine, settings)
    event.listen(engine.sync_engine, "connect", _read_times_in_utc)
    return engine


def create_pooled_read_engine(
    settings: Settings, create: Callable[..., AsyncEngine]
) -> AsyncEngine:
    """Create the engine for reads, by a function of the driver's arguments.

    The server refuses to write in its transactions.
    """
    cursor = _reading_cursor(local_parameters(settings) + READ_ONLY)
    engine = create(
        {"cursor_factory": cursor, "prepare_threshold": None},
        isolation_level="AUTOCOMMIT",
        skip_autocommit_rollback=True,
    )
    event.listen(engine.sync_engine, "connect", _read_times_in_utc)
    return engine


def _reading_cursor(parameters: str) -> type[ClientCursor[Any]]:
    class ReadingCursor(ClientCursor[Any]):
        """Reads in one round trip, which is a transaction with the parameters.

        Values are put into the statement, since only a message without values may
        have several statements.
        https://www.postgresql.org/docs/current/protocol-flow.html
        """

        async def execute(self, query: Any, *args: Any, **options: Any) -> Self:
            await super().execute(parameters + query, *args, **options)
            return await self.set_result(-1)

    return ReadingCursor


class UtcLoader(Loader):
    """Reads times as the server writes them, in UTC.

    psycopg would convert them to the zone that the session has outside of transactions.
    """

    def load(self, data: Buffer) -> datetime:
        return datetime.fromisoformat(bytes(data).decode())


def _read_times_in_utc(_connection: object, record: Any) -> None:
    record.driver_connection.adapters.register_loader("timestamptz", UtcLoader)
