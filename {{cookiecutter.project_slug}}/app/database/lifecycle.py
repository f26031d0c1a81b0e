"""The life of the database around the service: made, waited for, migrated, checked."""

from functools import cache
from pathlib import Path
from typing import cast

import tenacity
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import QueuePool

from app.database.failures import translate
from app.database.server import create_database
from app.database.session import Database
from app.errors import Unavailable
from app.settings import Settings

PROJECT = Path(__file__).parent.parent.parent


async def ensure_database(settings: Settings, patience: float = 0) -> bool:
    """Create the database unless it exists, and give whether it was created.

    Waits for a server that does not answer yet, trying twice a second for at most
    ``patience`` seconds. Raises Unavailable after that.
    """
    async for attempt in tenacity.AsyncRetrying(
        retry=tenacity.retry_if_exception_type(Unavailable),
        stop=tenacity.stop_after_delay(patience),
        wait=tenacity.wait_fixed(0.5),
        reraise=True,
    ):
        with attempt:
            created = await _create(settings)
    return created


async def _create(settings: Settings) -> bool:
    try:
        return await create_database(settings)
    except OSError as error:
        raise Unavailable(f"The database cannot be reached: {error}.") from error
    except SQLAlchemyError as error:
        raise translate(error) or error from error


async def check_ready(database: Database) -> None:
    """Raise Unavailable unless the database answers and its schema is at the head."""
    async with database.read_session() as session:
        connection = await session.connection()
        current = await connection.run_sync(_current_revision)
    if current != head_revision():
        raise Unavailable(
            f"The schema is at revision {current or 'base'}, not at {head_revision()}; "
            "run the migrations."
        )


def _current_revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


@cache
def head_revision() -> str | None:
    """Give the newest revision in ``migrations/``, which is the schema of the code."""
    return ScriptDirectory(str(PROJECT / "migrations")).get_current_head()


def alembic_config(settings: Settings) -> Config:
    # {% if cookiecutter.concurrency == "async" %}
    """Configure Alembic's commands for the database of the settings.

    They begin an event loop, so call them outside of one.
    """
    # {% else %}
    """Configure Alembic's commands for the database of the settings."""
    # {% endif %}
    return Config(
        toml_file=PROJECT / "pyproject.toml", attributes={"settings": settings}
    )


def pool_figures(database: Database) -> dict[str, int]:
    """Give the size of the pools, and the connections in use and above the size."""
    engines = (database.engine, database.read_engine)
    pools = [cast(QueuePool, engine.pool) for engine in engines]
    return {
        # {% if cookiecutter.concurrency == "async" %}
        "size": pools[0].size(),  # of both together, so many have a turn at once
        # {% else %}
        "size": sum(pool.size() for pool in pools),
        # {% endif %}
        "in_use": sum(pool.checkedout() for pool in pools),
        "overflow": sum(max(pool.overflow(), 0) for pool in pools),
    }
