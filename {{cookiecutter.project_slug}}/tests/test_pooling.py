"""With a pool size of 0 every connection is closed after its use."""

# {% if cookiecutter.concurrency == "async" %}
from collections.abc import AsyncIterator
# {% else %}
from collections.abc import Iterator
# {% endif %}
from typing import Any

import pytest
from sqlalchemy import event, insert, select, text

from app.database.database import Database
from app.database.pooling import connections_at_once
from app.database.readiness import pool_figures
from app.errors import Unavailable
from app.observability import waits
from app.settings import POOL_SIZE, Settings
from app.users.models import User
from tests.databases import execute

# {% if cookiecutter.auth == "oidc" %}
ANN = {"username": "ann", "email": "ann@example.com"}
# {% else %}
ANN = {"username": "ann", "email": "ann@example.com", "hashed_password": "x"}
# {% endif %}


@pytest.fixture
async def unpooled(settings: Settings, database: Database) -> AsyncIterator[Database]:
    """The database of the service, which keeps no connection."""
    unpooled = Database(settings.model_copy(update={"database_pool_size": 0}))
    yield unpooled
    await unpooled.dispose()


async def test_no_connection_is_kept(unpooled: Database) -> None:
    opened: list[object] = []
    closed: list[object] = []
    for engine in (unpooled.engine.sync_engine, unpooled.read_engine):
        event.listen(engine, "connect", lambda connection, _: opened.append(connection))
        event.listen(engine, "close", lambda connection, _: closed.append(connection))

    for name in ("ann", "bob"):
        user = ANN | {"username": name, "email": f"{name}@example.com"}
        await execute(unpooled, insert(User).values(**user))
    users = await unpooled.fetch_rows(select(User.id))

    assert len(users) == 2
    assert len(opened) == 3
    assert closed == opened


async def test_connections_are_still_bounded_and_counted(
    unpooled: Database, settings: Settings
) -> None:
    nothing_kept = settings.model_copy(update={"database_pool_size": 0})

    assert connections_at_once(nothing_kept) == POOL_SIZE
    assert pool_figures(unpooled)["size"] >= POOL_SIZE
    assert pool_figures(unpooled)["in_use"] == 0


async def test_it_is_told_how_long_a_connection_was_waited_for(
    settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    monkeypatch.setattr(waits, "listeners", [waited.append])
    changes = {"database_pool_size": 1, "database_pool_timeout": 0.01}
    small = Database(settings.model_copy(update=changes))

    async def look(transaction: Any) -> None:
        await transaction.execute(text("SELECT 1"))

    async def look_twice_at_once(transaction: Any) -> None:
        await look(transaction)
        with pytest.raises(Unavailable):
            await small.transaction(look)

    await small.transaction(look)
    assert waited == []
    await small.transaction(look_twice_at_once)
    assert len(waited) == 1
    assert waited[0] >= 0.01
    await small.dispose()
