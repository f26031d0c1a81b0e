"""The migrations make the schema of the models, and take it back; a page shows it."""

# {% if cookiecutter.concurrency == "async" %}
from collections.abc import AsyncIterator
# {% else %}
from collections.abc import Iterator
# {% endif %}

import pytest
from alembic import command

from app.database.administration.lifecycle import alembic_config, ensure_database
from app.models import metadata
from app.settings import Settings
from tests.databases import settings_for
from tests.server import drop_database
# {% if cookiecutter.concurrency == "async" %}

# The tests are plain functions, because Alembic begins an event loop of its own.
pytestmark = pytest.mark.usefixtures("anyio_backend")
# {% endif %}


@pytest.fixture
async def own_settings(empty_database: None) -> AsyncIterator[Settings]:
    """Settings of an empty database for one test."""
    settings = settings_for("_up")
    await ensure_database(settings)
    yield settings
    await drop_database(settings)


def test_up_down_and_up_again(own_settings: Settings) -> None:
    config = alembic_config(own_settings)

    command.upgrade(config, "head")
    command.check(config)  # raises where models and migrations differ
    command.downgrade(config, "base")
    command.upgrade(config, "head")
    command.check(config)


def test_the_diagram_shows_the_models() -> None:
    from migrations.diagram import PAGE, draw

    page = PAGE.read_text(encoding="utf-8")
    assert page == draw(metadata), "run `uv run python -m migrations.diagram`"
