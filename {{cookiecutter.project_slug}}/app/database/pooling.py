"""The connections of a process: how many at once, and whether they stay open."""

from typing import Any

from sqlalchemy import Engine, event
# {% if cookiecutter.concurrency == "sync" %}
from sqlalchemy.pool import PoolProxiedConnection, QueuePool
# {% endif %}

# {% if cookiecutter.concurrency == "sync" %}
from app.observability.waits import Waiting
# {% endif %}
from app.settings import POOL_SIZE, Settings


# {% if cookiecutter.concurrency == "sync" %}
class TimedPool(QueuePool):
    """A pool that tells how long its connections were waited for."""

    def connect(self) -> PoolProxiedConnection:
        """Return a connection, at once if one is not in use."""
        if self.checkedout() < self.size():
            return super().connect()
        with Waiting():
            return super().connect()


# {% endif %}
def pool_options(settings: Settings) -> dict[str, Any]:
    """Return the options of an engine that say how many connections it has."""
    return {
        "pool_size": connections_at_once(settings),
        # Connections above the size would be opened and closed under load.
        "max_overflow": 0,
        "pool_timeout": settings.database_pool_timeout,
        # {% if cookiecutter.concurrency == "sync" %}
        "poolclass": TimedPool,
        # {% endif %}
    }


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
