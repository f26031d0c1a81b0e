"""What every DAO does with rows, shown on users."""

from dataclasses import FrozenInstanceError, dataclass
from typing import Any

import pytest

from app.database.dao import DAO
from app.database.database import Database
from app.users.dao import UserDAO
from app.users.models import User

# {% if cookiecutter.auth == "oidc" %}
ANN = {"username": "ann", "email": "ann@example.com"}
# {% else %}
ANN = {"username": "ann", "email": "ann@example.com", "hashed_password": "x"}
# {% endif %}


async def test_a_row_is_inserted_changed_and_deleted(database: Database) -> None:
    async with database.connection() as connection:
        users = UserDAO(connection)
        user = await users.insert(**ANN)
        assert await users.get(user.id) == user
        changed = await users.update(user.id, bio="Likes tea.")
        assert changed is not None
        assert changed.created_at == user.created_at
        assert changed.bio == "Likes tea."
        assert await users.update(user.id) == changed
        assert await users.delete(user.id) is True
        assert await users.get(user.id) is None


async def test_a_row_cannot_be_mistaken_for_what_is_stored(database: Database) -> None:
    async with database.connection() as connection:
        user: Any = await UserDAO(connection).insert(**ANN)

        with pytest.raises(FrozenInstanceError):
            user.bio = "Likes tea."


async def test_no_row_is_changed_or_deleted(database: Database) -> None:
    async with database.connection() as connection:
        users = UserDAO(connection)
        assert await users.update(2**31 - 1, bio="?") is None
        assert await users.delete(2**31 - 1) is False


async def test_an_unknown_column_is_an_error(database: Database) -> None:
    async with database.connection() as connection:
        with pytest.raises(TypeError, match="nickname"):
            await UserDAO(connection).insert(**ANN, nickname="annie")
        with pytest.raises(TypeError, match="nickname"):
            await UserDAO(connection).update(1, nickname="annie")


def test_a_field_that_is_no_column_is_refused_at_import() -> None:
    @dataclass(frozen=True)
    class Wrong:
        id: int
        nickname: str

    with pytest.raises(TypeError, match="has no column nickname"):

        class WrongDAO(DAO[Wrong]):
            model = User
            row = Wrong
