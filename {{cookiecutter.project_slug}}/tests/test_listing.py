"""A list that could not be shown to its end is refused when its module is imported."""

from typing import Literal

import pytest
from pydantic import BaseModel
from sqlalchemy import select

from app.database.rows import columns_for
from app.lists.listing import Listing
from app.lists.page import Page, PageQuery
from app.users.models import User
from app.users.queries import USERS
from app.users.schemas import UserRead


class Brief(BaseModel):
    id: int
    username: str


class Contact(Brief):
    email: str


class UnknownSort(PageQuery):
    sort: Literal["nickname"] = "nickname"


class NullableSort(PageQuery):
    sort: Literal["id", "-full_name"] = "id"


class UnselectedSort(PageQuery):
    sort: Literal["email"] = "email"


# {% if cookiecutter.auth == "oidc" %}
class NameSort(PageQuery):
    sort: Literal["username"] = "username"


# {% endif %}
class UnknownFilter(PageQuery):
    nickname: str | None = None


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        (UnknownSort, "nickname is no selected column of User"),
        (NullableSort, "full_name may be NULL"),
        (UnknownFilter, "UnknownFilter.nickname is neither a column of User nor"),
    ],
)
def test_a_query_that_would_fail_later_is_refused(
    query: type[PageQuery], reason: str
) -> None:
    with pytest.raises(TypeError, match=reason):
        Listing(Page[UserRead], query, USERS, User)


def test_a_select_may_name_the_attributes_of_the_model() -> None:
    rows = select(User.id, User.username, User.email)

    # {% if cookiecutter.auth == "oidc" %}
    Listing(Page[Contact], NameSort, rows, User)
    # {% else %}
    Listing(Page[Contact], UnselectedSort, rows, User)
    # {% endif %}


def test_another_column_of_the_name_cannot_be_sorted_by() -> None:
    rows = select(User.id, User.username, User.full_name.label("email"))

    with pytest.raises(TypeError, match="email is no selected column"):
        Listing(Page[Contact], UnselectedSort, rows, User)


def test_what_is_not_shown_cannot_be_sorted_by() -> None:
    rows = select(*columns_for(Brief, User))

    with pytest.raises(TypeError, match="email is no selected column"):
        Listing(Page[Brief], UnselectedSort, rows, User)


def test_a_key_that_is_not_selected_is_refused() -> None:
    with pytest.raises(TypeError, match="The key id of User is not selected"):
        Listing(Page[Contact], PageQuery, select(User.username, User.email), User)


def test_a_filter_without_a_field_is_refused() -> None:
    with pytest.raises(TypeError, match="PageQuery has no field for the filter email"):
        Listing(
            Page[UserRead],
            PageQuery,
            USERS,
            User,
            filters={"email": lambda value: User.email == value},
        )
