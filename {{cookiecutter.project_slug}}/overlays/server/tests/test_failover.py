"""A connection to a server that takes no writes is replaced, and so are all others."""

# {% if cookiecutter.concurrency == "async" %}
from collections.abc import AsyncIterator
# {% else %}
from collections.abc import Iterator
# {% endif %}

import pytest
from sqlalchemy import func, insert, select, text

from app.database.database import Database
from app.errors import Unavailable
from app.settings import Settings
from app.users.models import User
from tests.databases import execute

# {% if cookiecutter.database == "postgresql" %}
TAKE_NO_WRITES = text("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY")
CONNECTION = select(func.pg_backend_pid())
# {% else %}
TAKE_NO_WRITES = text("SET SESSION TRANSACTION READ ONLY")
CONNECTION = select(func.connection_id())
# {% endif %}


@pytest.fixture
async def connected_once(
    settings: Settings, database: Database
) -> AsyncIterator[Database]:
    """The database of the service, with one connection to write and one to read."""
    small = Database(settings.model_copy(update={"database_pool_size": 1}))
    yield small
    await small.dispose()


async def store(database: Database) -> None:
    # {% if cookiecutter.auth == "oidc" %}
    user = {"username": "ann", "email": "ann@example.com"}
    # {% else %}
    user = {"username": "ann", "email": "ann@example.com", "hashed_password": "x"}
    # {% endif %}
    await execute(database, insert(User).values(**user))


async def connection_of(database: Database) -> int:
    [[number]] = await database.fetch_rows(CONNECTION)
    return int(number)


async def test_writes_go_on_with_another_connection(connected_once: Database) -> None:
    await execute(connected_once, TAKE_NO_WRITES)

    with pytest.raises(Unavailable):
        await store(connected_once)

    await store(connected_once)
    assert len(await connected_once.fetch_rows(select(User.id))) == 1


async def test_reads_go_on_with_another_connection(connected_once: Database) -> None:
    before = await connection_of(connected_once)
    assert await connection_of(connected_once) == before
    await execute(connected_once, TAKE_NO_WRITES)

    with pytest.raises(Unavailable):
        await store(connected_once)

    assert await connection_of(connected_once) != before
