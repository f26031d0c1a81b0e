"""What happens to the database before the service runs: wait, create, migrate."""

# {% if cookiecutter.concurrency == "async" %}
import asyncio
# {% endif %}
import time
from pathlib import Path

from alembic.config import Config
from sqlalchemy.exc import DBAPIError

from app.database.administration.errors import NoDatabase
from app.database.administration.server import create_database
from app.database.errors import translate
from app.errors import Unavailable
from app.settings import Settings

PROJECT = Path(__file__).parents[3]
POLL = 0.5  # seconds between two attempts to reach a server


async def ensure_database(settings: Settings, wait: float = 0) -> bool:
    """Create the database unless it exists, and return whether it was created.

    Waits at most ``wait`` seconds for a server that does not answer yet, and raises
    Unavailable after that. Raises NoDatabase at once where the database is missing and
    cannot be created.
    """
    deadline = time.monotonic() + wait
    while True:
        try:
            return await _create(settings)
        except Unavailable:
            if time.monotonic() >= deadline:
                raise
        # {% if cookiecutter.concurrency == "async" %}
        await asyncio.sleep(POLL)
        # {% else %}
        time.sleep(POLL)
        # {% endif %}


async def _create(settings: Settings) -> bool:
    try:
        return await create_database(settings)
    except OSError as error:
        raise Unavailable(f"The database cannot be reached: {error}.") from error
    except DBAPIError as error:
        message = " ".join(str(error.orig).split())
        raise translate(error) or NoDatabase(f"The database: {message}") from error


def alembic_config(settings: Settings) -> Config:
    # {% if cookiecutter.concurrency == "async" %}
    """Return Alembic's configuration for the database of the settings.

    Alembic's commands start an event loop, so call them outside of one.
    """
    # {% else %}
    """Return Alembic's configuration for the database of the settings."""
    # {% endif %}
    return Config(
        toml_file=PROJECT / "pyproject.toml", attributes={"settings": settings}
    )
