"""The life of the database around the service."""

# {% if cookiecutter.concurrency == "async" %}
from collections.abc import AsyncIterator
# {% else %}
from collections.abc import Iterator
# {% endif %}
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from app.database import readiness
from app.database.administration import lifecycle
from app.database.administration.lifecycle import ensure_database
from app.database.database import Database
from app.database.readiness import SchemaState, check_ready, newest_revisions
from app.errors import Unavailable
from app.settings import Settings
from tests.databases import execute, settings_for
from tests.server import drop_database

# A branch and its merge: revisions, and what they follow.
REVISIONS = {
    "first": None,
    "left": "first",
    "right": "first",
    "both": ("left", "right"),
}


@pytest.fixture
def known_and_branch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Revisions that the release knows: those above, and a branch of their own."""
    known = frozenset({*REVISIONS, "branch"})
    heads = frozenset({"both", "branch"})
    monkeypatch.setattr(readiness, "known_revisions", lambda: known)
    monkeypatch.setattr(readiness, "newest_revisions", lambda: heads)


@asynccontextmanager
async def stamped(database: Database, revisions: set[str]) -> AsyncIterator[None]:
    """Have the database say that it is at revisions of a test."""
    before = await database.read(_revisions)
    await _stamp(database, revisions)
    try:
        yield
    finally:
        await _stamp(database, before)


def _revisions(connection: Connection) -> set[str]:
    return set(connection.scalars(text("SELECT version_num FROM alembic_version")))


async def _stamp(database: Database, revisions: set[str]) -> None:
    insert = text("INSERT INTO alembic_version VALUES (:revision)")
    inserts = [insert.bindparams(revision=revision) for revision in revisions]
    await execute(database, text("DELETE FROM alembic_version"), *inserts)


@pytest.fixture
async def new_settings(empty_database: None) -> AsyncIterator[Settings]:
    """Settings of a database that does not exist until the test makes it."""
    settings = settings_for("_new")
    yield settings
    await drop_database(settings)


async def test_a_database_is_created_once(new_settings: Settings) -> None:
    assert await ensure_database(new_settings) is True
    assert await ensure_database(new_settings) is False


class LateServer:
    """Stands for a server that refuses connections until it has started."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, refusals: int) -> None:
        self.refusals = refusals
        self.attempts = 0
        monkeypatch.setattr(lifecycle, "create_database", self.create_database)
        monkeypatch.setattr(lifecycle, "POLL", 0)

    async def create_database(self, _settings: Settings) -> bool:
        self.attempts += 1
        if self.attempts <= self.refusals:
            raise ConnectionRefusedError
        return True


async def test_a_server_that_is_starting_is_waited_for(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    server = LateServer(monkeypatch, refusals=2)

    assert await ensure_database(settings, wait=60) is True
    assert server.attempts == 3


async def test_without_a_wait_there_is_one_attempt(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    server = LateServer(monkeypatch, refusals=1)

    with pytest.raises(Unavailable, match="cannot be reached"):
        await ensure_database(settings)

    assert server.attempts == 1


async def test_a_schema_that_is_behind_is_not_ready(new_settings: Settings) -> None:
    await ensure_database(new_settings)
    database = Database(new_settings)

    with pytest.raises(Unavailable, match="at revision base"):
        await check_ready(database)

    await database.dispose()


@pytest.mark.usefixtures("known_and_branch")
@pytest.mark.parametrize(
    ("current", "state"),
    [
        ({"both", "branch"}, "current"),
        ({"newer"}, "ahead"),
        ({"newer", "both"}, "ahead"),
        ({"newer", "left"}, None),
        ({"both"}, None),
        (set(), None),
    ],
)
async def test_a_schema_is_current_or_ahead_or_behind(
    database: Database, current: set[str], state: SchemaState | None
) -> None:
    async with stamped(database, current):
        if state:
            assert await check_ready(database) == state
        else:
            with pytest.raises(Unavailable, match="run the migrations"):
                await check_ready(database)


async def test_another_projects_database_is_not_ready(new_settings: Settings) -> None:
    await ensure_database(new_settings)
    database = Database(new_settings)
    create_table = text("CREATE TABLE alembic_version (version_num VARCHAR(32))")
    insert = text("INSERT INTO alembic_version VALUES ('theirs')")
    await execute(database, create_table, insert)

    with pytest.raises(Unavailable, match=r"has no table .*users"):
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
