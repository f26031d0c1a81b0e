"""What a transaction keeps, what it undoes, and what it says when it cannot go on."""

from datetime import timedelta
from typing import Any

import pytest
from pydantic import BaseModel
from sqlalchemy import (
    Connection,
    bindparam,
    delete,
    func,
    insert,
    literal_column,
    select,
)
from sqlalchemy.exc import DBAPIError

from app.database.base import utc_now
from app.database.database import ATTEMPTS, Database, savepoint
from app.database.readiness import pool_figures
from app.errors import Conflict, Retryable, Unavailable
from app.settings import Settings
from app.users.models import User
from app.users.queries import USERS
from app.users.schemas import UserRead

# {% if cookiecutter.auth == "oidc" %}
ANN = {"username": "ann", "email": "ann@example.com"}
BOB = {"username": "bob", "email": "bob@example.com"}
# {% else %}
ANN = {"username": "ann", "email": "ann@example.com", "hashed_password": "x"}
BOB = {"username": "bob", "email": "bob@example.com", "hashed_password": "x"}
# {% endif %}
NUMBER = select(func.count()).select_from(User)


class Contact(BaseModel):
    username: str
    email: str


async def store(transaction: Any, *users: dict[str, Any]) -> None:
    """Insert users within a transaction."""
    for user in users:
        await transaction.execute(insert(User).values(**user))


async def store_and_fail(transaction: Any) -> None:
    await store(transaction, ANN)
    raise ZeroDivisionError


async def stored(database: Database) -> int:
    """Count the users that others see."""
    [[number]] = await database.fetch_rows(NUMBER)
    return number


def delete_all(connection: Connection) -> None:
    connection.execute(delete(User))


async def test_what_is_committed_stays(database: Database) -> None:
    await database.transaction(store, ANN, BOB)

    users = await database.fetch_all(UserRead, USERS)
    assert {user.username for user in users} == {"ann", "bob"}


async def test_an_exception_undoes_all(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        await database.transaction(store_and_fail)

    assert await stored(database) == 0
    assert pool_figures(database)["in_use"] == 0


async def test_without_a_commit_nothing_is_kept(database: Database) -> None:
    # {% if cookiecutter.data_access == "repository" %}
    async with database.session() as session:
        await store(session, ANN)
    # {% else %}
    async with database.connection() as connection:
        await store(connection, ANN)
    # {% endif %}

    assert await stored(database) == 0


async def test_what_reads_cannot_write(database: Database) -> None:
    await database.transaction(store, ANN)

    with pytest.raises((DBAPIError, Unavailable)):
        await database.read(delete_all)

    assert await stored(database) == 1
    assert pool_figures(database)["in_use"] == 0


async def test_rows_become_the_schema_that_is_asked_for(database: Database) -> None:
    await database.transaction(store, ANN)
    by_name = select(User.username, User.email).where(
        User.username == bindparam("name")
    )

    contact = await database.fetch_one(Contact, by_name, name="ann")
    assert contact == Contact(username="ann", email="ann@example.com")
    assert await database.fetch_one(Contact, by_name, name="bob") is None


async def test_a_fetch_that_fails_leaves_nothing_open(database: Database) -> None:
    with pytest.raises((DBAPIError, Unavailable)):
        await database.fetch_rows(select(literal_column("1 FROM nowhere")))

    assert pool_figures(database)["in_use"] == 0


async def test_a_duplicate_is_a_conflict(database: Database) -> None:
    with pytest.raises(Conflict) as conflict:
        await database.transaction(store, ANN, ANN)

    assert conflict.value.extra["fields"] in (["email"], ["username"])
    assert await stored(database) == 0


async def store_within_savepoint(transaction: Any, user: dict[str, Any]) -> None:
    async with savepoint(transaction):
        await store(transaction, user)


async def store_one_of_two(transaction: Any) -> None:
    await store(transaction, ANN)
    with pytest.raises(Conflict):
        await store_within_savepoint(transaction, ANN)


async def test_a_savepoint_is_undone_alone(database: Database) -> None:
    await database.transaction(store_one_of_two)

    assert await stored(database) == 1


async def test_times_come_back_in_utc_and_whole(database: Database) -> None:
    at = utc_now()
    await database.transaction(store, ANN | {"created_at": at})

    [user] = await database.fetch_all(UserRead, USERS)
    assert user.created_at == at
    assert user.created_at.utcoffset() == timedelta(0)


async def test_waiting_for_a_connection_ends(
    settings: Settings, migrated_database: None
) -> None:
    small = {"database_pool_size": 1, "database_pool_timeout": 0.1}
    database = Database(settings.model_copy(update=small))

    async def open_another(transaction: Any) -> None:
        await transaction.execute(NUMBER)
        with pytest.raises(Unavailable):
            await database.transaction(store, ANN)

    await database.transaction(open_another)

    await database.dispose()


class Work:
    """Work that is undone by other transactions a number of times."""

    def __init__(self, failures: int) -> None:
        self.failures = failures
        self.attempts = 0

    async def run(self, transaction: Any) -> str:
        self.attempts += 1
        await store(transaction, ANN)
        if self.attempts <= self.failures:
            raise Retryable("Other requests changed the same data.")
        return "done"


async def test_the_whole_runs_again_until_it_succeeds(database: Database) -> None:
    work = Work(failures=ATTEMPTS - 1)

    assert await database.transaction(work.run) == "done"
    assert work.attempts == ATTEMPTS
    assert await stored(database) == 1


async def test_it_is_not_run_for_ever(database: Database) -> None:
    work = Work(failures=ATTEMPTS)

    with pytest.raises(Retryable):
        await database.transaction(work.run)
    assert work.attempts == ATTEMPTS
    assert await stored(database) == 0
