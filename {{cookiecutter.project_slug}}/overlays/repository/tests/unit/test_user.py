"""The rules of a user; no database."""

import pytest

from app.users.models import User


def test_a_deactivated_user_is_not_active() -> None:
    user = User(username="ann", is_active=True)

    user.deactivate()

    assert user.is_active is False


def test_details_are_changed() -> None:
    user = User(username="ann", bio=None)

    user.change(username="bob", bio="Likes tea.")

    assert (user.username, user.bio) == ("bob", "Likes tea.")


def test_an_unknown_detail_is_an_error() -> None:
    with pytest.raises(AttributeError, match="a user has no nickname"):
        User().change(nickname="annie")
