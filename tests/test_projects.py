"""Every combination, baked as a user bakes it, keeps its promises on a real database."""

import json
import shutil
import subprocess
import sysconfig
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from tests.baking import Cookies
from tests.combinations import COMBINATIONS, CONTEXT, Combination
from tests.conftest import go_without
from tests.installed import Installed, install

# The names under which pkg-config may know the library that mysqlclient is built with.
MYSQL_LIBRARIES = ("libmariadb", "mariadb", "mysqlclient")

ANCHOR = "    bio: Mapped"
NEW_COLUMNS = """\
    nickname: Mapped[str | None] = mapped_column(String(50), unique=True)
    city: Mapped[str | None] = mapped_column(String(100), index=True)
"""
NEW_NAMES = ("uq_users_nickname", "ix_users_city")


@pytest.fixture
def builds(combination: Combination) -> None:
    """Skip the test where its driver has to be compiled and cannot be."""
    packages = CONTEXT["_drivers"][combination.driver].get("debian_build")
    if packages and not can_build_mysqlclient():
        go_without(f"{combination.driver}: it is compiled; install Debian's {packages} python3-dev")


def can_build_mysqlclient() -> bool:
    """Say whether there are a compiler, Python's headers and the client library."""
    pkg_config = shutil.which("pkg-config")
    headers = Path(sysconfig.get_path("include"), "Python.h")
    if not (pkg_config and shutil.which("cc") and headers.exists()):
        return False
    return any(
        subprocess.run([pkg_config, "--exists", library], check=False).returncode == 0
        for library in MYSQL_LIBRARIES
    )


@pytest.fixture
def variables(builds: None, server_database_url: str | None, mypy_cache: str) -> dict[str, str]:
    """What the project is told by its environment; SQLite's file is named in ``.env``."""
    cache = {"MYPY_CACHE_DIR": mypy_cache}
    return {**cache, "APP_DATABASE_URL": server_database_url} if server_database_url else cache


@pytest.mark.parametrize("combination", COMBINATIONS, ids=str)
def test_a_project_keeps_its_promises(
    combination: Combination, variables: dict[str, str], cookies: Cookies
) -> None:
    project = install(cookies, combination, **variables)

    with project.database():
        check_style(project)
        project.run("pytest")
        migrate_up_and_down(project)
        user = create_user(project)
        migrate_a_second_time(project)
        check_style(project)
        assert read_user(project, user["id"]) == user


def check_style(project: Installed) -> None:
    """Check that the project is formatted, linted and typed."""
    project.run("ruff format --check .")
    project.run("ruff check .")
    project.run("mypy")


def migrate_up_and_down(project: Installed) -> None:
    """Take the first migration up, compare it with the models, and take it down again."""
    project.run("alembic upgrade head")
    project.run("alembic check")
    project.run("alembic downgrade base")
    project.run("alembic upgrade head")


def migrate_a_second_time(project: Installed) -> None:
    """Change a model as a user would, let Alembic write the migration, take it up and down."""
    versions = project.path / "migrations" / "versions"
    before = set(versions.glob("*.py"))
    add_columns(project)
    drift = project.run("alembic check", expected=255)
    assert "New upgrade operations detected" in drift
    project.run("alembic revision --autogenerate -m 'nickname and city'")
    [revision] = set(versions.glob("*.py")) - before
    text = revision.read_text(encoding="utf-8")
    assert [name for name in NEW_NAMES if name in text] == [*NEW_NAMES]
    project.run("alembic upgrade head")
    project.run("alembic check")
    project.run("alembic downgrade -1")
    project.run("alembic upgrade head")


def add_columns(project: Installed) -> None:
    """Add a column with a unique constraint and one with an index to the users."""
    path = project.path / "app" / "users" / "models.py"
    model = path.read_text(encoding="utf-8")
    assert model.count(ANCHOR) == 1
    path.write_text(model.replace(ANCHOR, NEW_COLUMNS + ANCHOR), encoding="utf-8")


def create_user(project: Installed) -> Any:
    """Serve the project, create a user over HTTP, and give what the service says of it."""
    details = {"username": "ada", "email": "ada@example.com", "password": "correct horse"}
    with project.served() as url:
        status, user = call(f"{url}/api/v1/users", details)
        assert status == HTTPStatus.CREATED, user
        assert call(f"{url}/api/v1/users/{user['id']}") == (HTTPStatus.OK, user)
    return user


def read_user(project: Installed, user_id: int) -> Any:
    """Serve the project anew, and give what the service says of a user."""
    with project.served() as url:
        status, user = call(f"{url}/api/v1/users/{user_id}")
    assert status == HTTPStatus.OK, user
    return user


def call(url: str, body: object = None) -> tuple[int, Any]:
    """GET a URL, or POST a body to it as JSON; give the status and what was answered."""
    data = None if body is None else json.dumps(body).encode()
    request = Request(url, data, {"Content-Type": "application/json"})
    try:
        with urlopen(request, timeout=10) as response:
            return response.status, json.load(response)
    except HTTPError as error:
        return error.code, error.read().decode()
