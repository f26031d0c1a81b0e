"""A connection to a server that takes no writes is replaced, and so are all others."""

# {% if cookiecutter.concurrency == "async" %}
from collections.abc import AsyncIterator
# {% else %}
from collections.abc import Iterator
# {% endif %}

import pytest
from sqlalchemy import func, select, text

from app.database.session import Database
from app.errors import Unavailable
from app.settings import Settings
from app.users.models import User

# {% if cookiecutter.database == "postgresql" %}
TAKE_NO_WRITES = text("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY")
CONNECTION = select(func.pg_backend_pid())
# {% else %}
TAKE_NO_WRITES = text("SET SESSION TRANSACTION READ ONLY")
CONNECTION = select(func.connection_id())
# {% endif %}


@pytest.fixture
async def connected_once(
    settings: Settings,
    database: Database,
) -> AsyncIterator[Database]:
    """The database of the service, with one connection to write and one to read."""
    small = Database(settings.model_copy(update={"database_pool_size": 1}))
    yield small
    await small.dispose()


async def take_no_writes(database: Database) -> None:
    async with database.session() as session:
        await session.execute(TAKE_NO_WRITES)
        await session.commit()


async def store(database: Database) -> None:
    async with database.session() as session:
        session.add(User(username="ann", email="ann@example.com", hashed_password="x"))
        await session.commit()


async def test_writes_go_on_with_another_connection(connected_once: Database) -> None:
    await take_no_writes(connected_once)

    with pytest.raises(Unavailable):
        await store(connected_once)

    await store(connected_once)
    assert await connected_once.fetch_one(select(User.id)) is not None


async def test_reads_go_on_with_another_connection(connected_once: Database) -> None:
    before = await connected_once.fetch_one(CONNECTION)
    assert await connected_once.fetch_one(CONNECTION) == before
    await take_no_writes(connected_once)

    with pytest.raises(Unavailable):
        await store(connected_once)

    assert await connected_once.fetch_one(CONNECTION) != before
