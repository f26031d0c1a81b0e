"""How many connections the service may open, beside how many the server grants.

The rule: processes x (pool + read pool) + migrations <= what the server grants.
"""

# {% if cookiecutter.concurrency == "async" %}
import asyncio
# {% endif %}
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from app.database.administration.limits import LIMITS
from app.database.database import Database
from app.database.pooling import connections_at_once
from app.settings import Settings, SettingsError

# uvicorn reads the number of its processes from it, and so does FastAPI's command.
PROCESSES = "WEB_CONCURRENCY"
MIGRATIONS = 1  # connections; one migration runs at a time


@dataclass(frozen=True)
class Demand:
    """The connections that the processes of this environment open to one server."""

    processes: int
    pools: tuple[int, ...]  # the sizes of the pools of one process

    @property
    def total(self) -> int:
        return self.processes * sum(self.pools) + MIGRATIONS

    def largest_pool(self, limit: int) -> int:
        """Return the pool size with which the demand is within a limit, or 0."""
        return max((limit - MIGRATIONS) // (self.processes * len(self.pools)), 0)

    def __str__(self) -> str:
        pools = " + ".join(map(str, self.pools))
        return f"{self.processes} x ({pools}) + {MIGRATIONS} = {self.total}"


def print_capacity(settings: Settings) -> None:
    """Print the demand beside the limits, and a warning where it is beyond one of them.

    That is no error: the service works until its pools have filled.
    """
    demand = demand_of(settings)
    # {% if cookiecutter.concurrency == "async" %}
    limits = asyncio.run(_limits_at(settings))
    # {% else %}
    limits = _limits_at(settings)
    # {% endif %}
    print(f"connections: processes x (pool + read pool) + migrations: {demand}")
    if limits:
        print(f"limits: {', '.join(f'{name} {limits[name]}' for name in limits)}")
    if warning := warning_for(demand, limits):
        print(f"warning: {warning}", file=sys.stderr)


def demand_of(settings: Settings) -> Demand:
    """Return the demand of the settings; the processes are of the environment.

    Raises SettingsError where these are no number.
    """
    pool = connections_at_once(settings)
    return Demand(_processes(), (pool, pool))


def _processes() -> int:
    value = os.environ.get(PROCESSES, "1")
    if not value.isdecimal() or int(value) < 1:
        raise SettingsError(f"{PROCESSES}: must be a number of processes.")
    return int(value)


async def _limits_at(settings: Settings) -> dict[str, int]:
    # A pooler's own limits cannot be read by SQL; through it, the server's can.
    database = Database(settings)
    try:
        return await database.read(fetch_limits)
    finally:
        await database.dispose()


def fetch_limits(connection: Connection) -> dict[str, int]:
    """Return the limits by their names, without those that may not be seen."""
    limits: dict[str, int] = {}
    for name, query in LIMITS.items():
        with suppress(DBAPIError):
            limit = connection.scalar(text(query))
            if limit is not None:
                limits[name] = int(limit)
    return limits


def warning_for(demand: Demand, limits: Mapping[str, int]) -> str | None:
    """Return what to change where the demand is beyond a limit, or None."""
    if not limits:
        return None
    name = min(limits, key=limits.__getitem__)
    if demand.total <= limits[name]:
        return None
    pool = demand.largest_pool(limits[name])
    smaller = f"lower APP_DATABASE_POOL_SIZE to {pool}, " if pool else ""
    return (
        f"the service may open {demand.total} connections, and {name} is "
        f"{limits[name]}: {smaller}start fewer processes ({PROCESSES}), or raise it."
    )
