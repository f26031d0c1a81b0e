"""What a session keeps, what it gives up, and what it says when it cannot."""

from datetime import timedelta

import pytest
from sqlalchemy import Connection, bindparam, delete, literal_column, select
from sqlalchemy.exc import DBAPIError

from app.database.readiness import pool_figures
from app.database.session import Database
from app.errors import Conflict, Unavailable
from app.settings import Settings
from app.users.models import User


def make_user() -> User:
    return User(username="ann", email="ann@example.com", hashed_password="x")


async def store(database: Database, *users: User) -> None:
    async with database.session() as session:
        session.add_all(users)
        await session.commit()


async def store_and_fail(database: Database) -> None:
    async with database.session() as session:
        session.add(make_user())
        await session.flush()
        raise ZeroDivisionError


def delete_all(connection: Connection) -> None:
    connection.execute(delete(User))


async def stored(database: Database) -> User | None:
    async with database.session() as session:
        return await session.scalar(select(User))


async def test_what_is_committed_stays(database: Database) -> None:
    await store(database, make_user())

    user = await stored(database)
    assert user is not None
    assert user.username == "ann"


async def test_what_is_not_committed_is_gone(database: Database) -> None:
    async with database.session() as session:
        session.add(make_user())
        await session.flush()

    assert await stored(database) is None


async def test_what_reads_cannot_write(database: Database) -> None:
    await store(database, make_user())

    with pytest.raises((DBAPIError, Unavailable)):
        await database.read(delete_all)

    assert await stored(database) is not None
    assert pool_figures(database)["in_use"] == 0


async def test_rows_are_fetched_without_a_session(database: Database) -> None:
    await store(database, make_user())

    [row] = await database.fetch_all(select(User.username, User.is_active))
    assert (row.username, row.is_active) == ("ann", True)
    assert pool_figures(database)["in_use"] == 0


async def test_one_row_is_fetched_by_its_values(database: Database) -> None:
    await store(database, make_user())
    by_name = select(User.email).where(User.username == bindparam("name"))

    row = await database.fetch_one(by_name, name="ann")
    assert row is not None
    assert row.email == "ann@example.com"
    assert await database.fetch_one(by_name, name="bob") is None


async def test_a_fetch_that_fails_says_why_and_leaves_nothing_open(
    database: Database,
) -> None:
    with pytest.raises((DBAPIError, Unavailable)):
        await database.fetch_all(select(literal_column("1 FROM nowhere")))

    assert pool_figures(database)["in_use"] == 0


async def test_an_exception_rolls_back(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        await store_and_fail(database)

    assert await stored(database) is None
    assert pool_figures(database)["in_use"] == 0


async def test_a_duplicate_is_a_conflict(database: Database) -> None:
    with pytest.raises(Conflict) as conflict:
        await store(database, make_user(), make_user())

    assert conflict.value.extra["fields"] in (["email"], ["username"])
    assert await stored(database) is None


async def test_times_come_back_in_utc_and_whole(database: Database) -> None:
    user = make_user()
    await store(database, user)

    read = await stored(database)
    assert read is not None
    assert read.created_at == user.created_at
    assert read.created_at.utcoffset() == timedelta(0)


async def test_waiting_for_a_connection_ends(
    settings: Settings, migrated_database: None
) -> None:
    small = {"database_pool_size": 1, "database_pool_timeout": 0.1}
    database = Database(settings.model_copy(update=small))

    async with database.session() as session:
        await session.scalar(select(User))
        with pytest.raises(Unavailable):
            await stored(database)

    await database.dispose()
