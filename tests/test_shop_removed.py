"""The shop is removed as the README says, and what is left is what there is without it."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.baking import Cookies, bake, texts_of
from tests.combinations import Combination, in_turn
from tests.installed import install

SHOPS = [
    Combination("async", "sqlite", "aiosqlite", "repository", "shop"),
    Combination("sync", "sqlite", "sqlite3", "dao", "shop"),
    Combination("sync", "postgresql", "psycopg", "repository", "shop"),
    Combination("async", "mysql", "asyncmy", "dao", "shop"),
    Combination("async", "sqlite", "aiosqlite", "dao", "shop", auth="jwt"),
]


@pytest.mark.parametrize("combination", in_turn(SHOPS, SHOPS[:2], [SHOPS[2], SHOPS[-1]]))
def test_the_shop_is_removed_as_the_readme_says(
    combination: Combination, variables: dict[str, str], cookies: Cookies
) -> None:
    project = install(combination, **variables)
    answers = replace(combination, sample="none").answers | {"project_slug": combination.slug}
    without = bake(cookies, **answers)

    with project.database():
        project.run("python -m app.database upgrade")
        project.run("python -m app.seed --rows 5")
        project.follow("Remove the shop")
        project.run("ruff format --check .")
        project.run("ruff check .")
        project.run("mypy")
        project.run("lint-imports")
        project.run("pytest")
        project.run("alembic downgrade -1")
        project.run("alembic upgrade head")
        project.run("alembic check")

    assert code_of(project.path) == code_of(without)


def code_of(project: Path) -> dict[str, str]:
    """Return the code and the tests of a project."""
    texts = texts_of(project)
    return {name: texts[name] for name in texts if name.startswith(("app/", "tests/"))}
