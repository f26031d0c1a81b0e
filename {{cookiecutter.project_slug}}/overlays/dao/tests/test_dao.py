"""What every DAO does with rows, shown on users."""

import pytest
from sqlalchemy.exc import CompileError

from app.database.session import Database
from app.users.dao import UserDAO

ANN = {"username": "ann", "email": "ann@example.com", "hashed_password": "x"}


async def test_a_row_is_inserted_changed_and_deleted(database: Database) -> None:
    async with database.session() as session:
        users = UserDAO(session)
        user = await users.insert(**ANN)
        changed = await users.update(user.id, bio="Likes tea.")
        assert changed is not None
        assert changed.created_at == user.created_at
        assert changed.bio == "Likes tea."
        await users.delete(user.id)
        await session.commit()

    async with database.session() as session:
        assert await UserDAO(session).get(user.id) is None


async def test_what_is_not_committed_is_not_there(database: Database) -> None:
    async with database.session() as session:
        user = await UserDAO(session).insert(**ANN)

    async with database.session() as session:
        assert await UserDAO(session).get(user.id) is None


async def test_changing_no_row_gives_none(database: Database) -> None:
    async with database.session() as session:
        assert await UserDAO(session).update(2**31 - 1, bio="?") is None


async def test_an_unknown_column_is_an_error(database: Database) -> None:
    async with database.session() as session:
        with pytest.raises(TypeError, match="nickname"):
            await UserDAO(session).insert(**ANN, nickname="annie")
        with pytest.raises(CompileError, match="nickname"):
            await UserDAO(session).update(1, nickname="annie")
