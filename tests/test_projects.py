"""Every combination, generated as a user does it, keeps its promises on a real database."""

from http import HTTPStatus
from typing import Any

import pytest

from tests.combinations import COMBINATIONS, Combination, in_turn, one_per_driver, pairwise
from tests.figures import Figures
from tests.installed import FASTAPI_RUN, Installed, call, install
from tests.reliability.commits import check_failing_commits, check_reads_after_writes

ANCHOR = "    bio: Mapped"
NEW_COLUMNS = """\
    nickname: Mapped[str | None] = mapped_column(String(50), unique=True)
    city: Mapped[str | None] = mapped_column(String(100), index=True)
"""
# What depends on the driver alone is checked for these.
ONE_PER_DRIVER = one_per_driver(COMBINATIONS)
# A project without the shop has the files of one with it, less the shop's: of these, each
# pair of a mode, database and style checks its types and runs its own tests.
RUN_THEIR_TESTS = [
    *(each for each in COMBINATIONS if each.sample == "shop"),
    *pairwise(
        (each for each in COMBINATIONS if each.sample == "none"),
        *("concurrency", "database", "data_access"),
    ),
]
NEW_NAMES = ("uq_users_nickname", "ix_users_city")


@pytest.mark.parametrize("combination", in_turn(COMBINATIONS))
def test_a_project_keeps_its_promises(
    combination: Combination, variables: dict[str, str], figures: Figures
) -> None:
    project = install(combination, **variables)

    with project.database():
        migrate(project)
        with project.served(FASTAPI_RUN) as url:
            user = create_user(url)
            if combination.sample == "shop":
                check_reads_after_writes(url, combination, figures)
        if combination in RUN_THEIR_TESTS:
            project.run("mypy")
            project.run("pytest")
        if combination in ONE_PER_DRIVER:
            check_that_the_service_is_small(project)
            check_later_migrations(project, user)
        if combination.sample == "shop":
            check_failing_commits(project, figures)


def check_that_the_service_is_small(project: Installed) -> None:
    """Check that neither Alembic nor the administration takes memory in every worker."""
    loaded = project.run("python -c 'import sys, app.main; print(*sys.modules)'").split()
    assert "app.database.engine" in loaded
    needless = ("alembic", "app.database.administration", "migrations")
    assert [name for name in loaded if name.startswith(needless)] == []


def migrate(project: Installed) -> None:
    """Upgrade to the first migration; and down and up again, unless its own tests do so."""
    project.alembic("upgrade head")
    if project.combination not in RUN_THEIR_TESTS:
        project.alembic("check", "downgrade base", "upgrade head")


def check_later_migrations(project: Installed, user: Any) -> None:
    """Check that later migrations are written well, and lose no data.

    They depend on the driver, and on neither the style nor the sample.
    """
    migrate_a_second_time(project)
    project.run("ruff format --check .")
    project.run("ruff check .")
    project.run("mypy")
    with project.served() as url:
        assert read_user(url, user["id"]) == user


def migrate_a_second_time(project: Installed) -> None:
    """Change a model, let Alembic write the migration, and run it in both directions."""
    versions = project.path / "migrations" / "versions"
    before = set(versions.glob("*.py"))
    add_columns(project)
    drift = project.run("alembic check", expected=255)
    assert "New upgrade operations detected" in drift
    write = "revision --autogenerate -m 'nickname and city'"
    project.alembic(write, "upgrade head", "check", "downgrade -1", "upgrade head")
    [revision] = set(versions.glob("*.py")) - before
    text = revision.read_text(encoding="utf-8")
    assert [name for name in NEW_NAMES if name in text] == [*NEW_NAMES]


def add_columns(project: Installed) -> None:
    """Add a column with a unique constraint and one with an index to the users."""
    path = project.path / "app" / "users" / "models.py"
    model = path.read_text(encoding="utf-8")
    assert model.count(ANCHOR) == 1
    path.write_text(model.replace(ANCHOR, NEW_COLUMNS + ANCHOR), encoding="utf-8")


def create_user(url: str) -> Any:
    """Create a user over HTTP, and return the response's body."""
    details = {"username": "ada", "email": "ada@example.com", "password": "correct horse"}
    status, user = call(f"{url}/api/v1/users", details)
    assert status == HTTPStatus.CREATED, user
    assert read_user(url, user["id"]) == user
    return user


def read_user(url: str, user_id: int) -> Any:
    """Return the service's representation of a user."""
    status, user = call(f"{url}/api/v1/users/{user_id}")
    assert status == HTTPStatus.OK, user
    return user
