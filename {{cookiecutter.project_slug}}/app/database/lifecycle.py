"""The life of the database before the service: waited for, made, migrated."""

from pathlib import Path

import tenacity
from alembic.config import Config
from sqlalchemy.exc import DBAPIError

from app.database.errors import NoDatabase, translate
from app.database.server import create_database
from app.errors import Unavailable
from app.settings import Settings

PROJECT = Path(__file__).parent.parent.parent


async def ensure_database(settings: Settings, patience: float = 0) -> bool:
    """Create the database unless it exists, and give whether it was created.

    Waits for a server that does not answer yet, trying twice a second for at most
    ``patience`` seconds. Raises Unavailable after that, and NoDatabase at once where it
    is missing and cannot be created.
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
    except DBAPIError as error:
        words = " ".join(str(error.orig).split())
        raise translate(error) or NoDatabase(f"The database: {words}") from error


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
