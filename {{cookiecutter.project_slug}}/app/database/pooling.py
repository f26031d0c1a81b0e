"""The connections of a process: how many at once, and whether they stay open."""

from typing import Any

from sqlalchemy import Engine, event

from app.settings import POOL_SIZE, Settings


def connections_at_once(settings: Settings) -> int:
    """Return how many connections a pool may have open at the same time."""
    return settings.database_pool_size or POOL_SIZE


def close_unless_kept(engine: Engine, settings: Settings) -> None:
    """Close connections when they are returned, if the settings keep none.

    SQLAlchemy's NullPool closes them as well, but bounds and counts nothing: a burst of
    requests would take all connections of the server.
    """
    if not settings.database_pool_size:
        event.listen(engine, "checkin", _close)


def _close(_connection: object, record: Any) -> None:
    record.close()
