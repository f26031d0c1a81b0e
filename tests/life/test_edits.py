"""The lines of a feature in app/models.py and app/main.py; all else stays."""

import pytest

from cookiecutter_fastapi_sqlalchemy.errors import Refused
from cookiecutter_fastapi_sqlalchemy.features.edits import add_to_main, add_to_models
from cookiecutter_fastapi_sqlalchemy.features.feature import Feature

POSTS = Feature("posts", "post", ())

MODELS = '''\
"""Imports every table."""

{}import app.users.models
from app.database.base import Base

metadata = Base.metadata
'''

MAIN = '''\
"""The application."""

from fastapi import FastAPI

from app.http.health import router as health_router
from app.settings import Settings  # ours
from app.users.router import router as users_router

ROUTERS = {}


def create_app() -> FastAPI:
    ROUTERS = []  # another one
    return FastAPI(routes=ROUTERS)
'''

ROUTER = "from app.posts.router import router as posts_router\n"


@pytest.mark.parametrize("others", ["", "import app.catalog.models  # shop\n"])
@pytest.mark.parametrize("comment", ["", "# They come first.\n"])
def test_models_are_imported_among_their_like(others: str, comment: str) -> None:
    before = MODELS.format(others + comment)

    after = add_to_models(before, POSTS)

    # A comment stays above what it was above, at the beginning of them all if it was there.
    new = "import app.posts.models\n"
    assert after == MODELS.format(others + new + comment if others else comment + new)
    assert add_to_models(after, POSTS) == after


@pytest.mark.parametrize("others", ["import app.aaa.models\nimport app.tags.models\n"])
def test_models_are_imported_before_those_that_follow(others: str) -> None:
    after = add_to_models(MODELS.format(others), POSTS)

    assert after == MODELS.format(
        others.replace("models\n", "models\nimport app.posts.models\n", 1)
    )


@pytest.mark.parametrize(
    ("routers", "expected"),
    [
        ("[\n    users_router,\n]", "[\n    posts_router,\n    users_router,\n]"),
        (
            "[\n    users_router,  # first\n    *catalog_routers,\n    orders_router,  # last\n]",
            (
                "[\n    users_router,  # first\n    *catalog_routers,\n    orders_router,  # last\n"
                "    posts_router,\n]"
            ),
        ),
        ("[users_router]", "[posts_router, users_router]"),
        ("[users_router, about_router]", "[users_router, about_router, posts_router]"),
        ("(users_router, about_router)", "(users_router, about_router, posts_router)"),
        ("[]", "[posts_router]"),
        (
            "[\n    # The oldest.\n    users_router,\n    about_router,\n    # The end.\n]",
            (
                "[\n    # The oldest.\n    users_router,\n    about_router,\n    posts_router,\n"
                "    # The end.\n]"
            ),
        ),
    ],
)
def test_the_router_is_listed(routers: str, expected: str) -> None:
    after = add_to_main(MAIN.format(routers), POSTS)

    wanted = MAIN.format(expected).replace("from app.settings", f"{ROUTER}from app.settings")
    assert after == wanted
    assert add_to_main(after, POSTS) == after


def test_a_list_with_its_type_is_edited() -> None:
    before = MAIN.replace("ROUTERS = {}", "ROUTERS: list[APIRouter] = [users_router]")

    assert "ROUTERS: list[APIRouter] = [posts_router, users_router]" in add_to_main(before, POSTS)


@pytest.mark.parametrize(
    "routers", ["find_routers()", "[each for each in found]", "[]\nROUTERS = [users_router]"]
)
def test_what_is_no_plain_list_is_refused_with_the_lines_to_add(routers: str) -> None:
    with pytest.raises(Refused) as refused:
        add_to_main(MAIN.format(routers), POSTS)

    assert f"`{ROUTER.strip()}`" in refused.value.message
    assert '`app.include_router(posts_router, prefix="/api/v1")`' in refused.value.message


def test_lines_that_were_added_by_hand_are_taken() -> None:
    by_hand = MAIN.format("find_routers()").replace(
        "from app.settings", f"{ROUTER}from app.settings"
    )
    by_hand += 'app.include_router(posts_router, prefix="/api/v1")\n'

    assert add_to_main(by_hand, POSTS) == by_hand


def test_another_router_of_the_name_is_refused() -> None:
    other = MAIN.format("[users_router]").replace("users.router", "blog.router")
    other = other.replace("users_router", "posts_router")

    with pytest.raises(Refused, match="imports something else as posts_router"):
        add_to_main(other, POSTS)


def test_what_is_no_python_is_refused() -> None:
    with pytest.raises(Refused, match="cannot be read as Python"):
        add_to_models("import (", POSTS)
