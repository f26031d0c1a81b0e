"""The life of the database around the service."""

# {% if cookiecutter.concurrency == "async" %}
from collections.abc import AsyncIterator
# {% else %}
from collections.abc import Iterator
# {% endif %}

import pytest

from app.database.lifecycle import check_ready, ensure_database
from app.database.server import drop_database
from app.database.session import Database
from app.errors import Unavailable
from app.settings import Settings
from tests.conftest import settings_for


@pytest.fixture
async def new_settings() -> AsyncIterator[Settings]:
    """Settings of a database that does not exist."""
    settings = settings_for("_new")
    await drop_database(settings)
    yield settings
    await drop_database(settings)


async def test_a_database_is_created_once(new_settings: Settings) -> None:
    assert await ensure_database(new_settings) is True
    assert await ensure_database(new_settings) is False


async def test_a_schema_that_is_behind_is_not_ready(new_settings: Settings) -> None:
    await ensure_database(new_settings)
    database = Database(new_settings)

    with pytest.raises(Unavailable, match="at revision base"):
        await check_ready(database)

    await database.dispose()
