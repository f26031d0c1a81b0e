"""Engines behind a pooler in transaction mode, such as PgBouncer.

It lends a connection of the server for one transaction, and then to any other client.
The service therefore leaves nothing on it: no parameters at the start, no SET, and no
prepared statement by name. Each transaction is set to what sessions are set to without
a pooler, in the same round trip as its BEGIN.

https://www.pgbouncer.org/features.html
"""

from collections.abc import Callable
from typing import Any

import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine

from app.database.parameters import READ_ONLY, local_parameters
from app.settings import Settings

CACHE = "prepared_statement_cache_size"  # the URL's parameter for it
# A statement without a name takes the place of the one before.
NO_NAMED_STATEMENTS = {
    CACHE: 0,
    "prepared_statement_name_func": str,
    "statement_cache_size": 0,
}


def create_pooled_engine(
    settings: Settings, create: Callable[..., AsyncEngine]
) -> AsyncEngine:
    """Create the engine of the service, by a function of the driver's arguments."""
    return create(_connect_args(settings, local_parameters(settings)))


def create_pooled_read_engine(
    settings: Settings, create: Callable[..., AsyncEngine]
) -> AsyncEngine:
    """Create the engine for reads, by a function of the driver's arguments.

    The server refuses to write in its transactions. Without them, asyncpg would prepare
    a statement on one connection of the server and run it on another.
    """
    return create(_connect_args(settings, local_parameters(settings) + READ_ONLY))


def _connect_args(settings: Settings, parameters: str) -> dict[str, Any]:
    class Connection(asyncpg.Connection):
        """Sets the parameters in the round trip in which a transaction begins."""

        __slots__ = ()

        async def execute(self, query: str, *args: Any, **options: Any) -> Any:
            if query.startswith("BEGIN"):
                query += parameters
            return await super().execute(query, *args, **options)

    # Whoever sets a size of the cache has a pooler that keeps statements.
    if settings.database_url.query.get(CACHE, "0") != "0":
        return {"connection_class": Connection}
    return {"connection_class": Connection, **NO_NAMED_STATEMENTS}
