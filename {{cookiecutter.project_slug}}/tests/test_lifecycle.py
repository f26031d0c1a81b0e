"""The life of the database around the service."""

# {% if cookiecutter.concurrency == "async" %}
from collections.abc import AsyncIterator
# {% else %}
from collections.abc import Iterator
# {% endif %}
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory

from app.database.lifecycle import ensure_database
from app.database.readiness import check_ready, newest_revisions
from app.database.session import Database
from app.errors import Unavailable
from app.settings import Settings
from tests.databases import settings_for
from tests.server import drop_database

# A branch and its merge: revisions, and what they follow.
REVISIONS = {
    "first": None,
    "left": "first",
    "right": "first",
    "both": ("left", "right"),
}


@pytest.fixture
async def new_settings(empty_database: None) -> AsyncIterator[Settings]:
    """Settings of a database that does not exist until the test makes it."""
    settings = settings_for("_new")
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


@pytest.mark.parametrize("number", range(len(REVISIONS) + 1))
def test_the_newest_revisions_are_those_that_alembic_finds(
    tmp_path: Path, number: int
) -> None:
    folder = tmp_path / "versions"
    folder.mkdir()
    for revision, followed in list(REVISIONS.items())[:number]:
        text = f"revision: str = {revision!r}\ndown_revision = {followed!r}\n"
        (folder / f"{revision}.py").write_text(text, encoding="utf-8")

    assert newest_revisions(folder) == set(ScriptDirectory(str(tmp_path)).get_heads())
