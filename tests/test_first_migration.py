"""The first migration equals Alembic's own, needs no server, and is always the same."""

from pathlib import Path

import pytest
from port_for import select_random

from tests.baking import Cookies, bake, texts_of
from tests.combinations import COMBINATIONS, Combination, on_each_server
from tests.installed import Installed, install, install_anew
from tests.servers import HOST

# One combination for each database.
DEFAULTS = list({each.database: each for each in reversed(COMBINATIONS)}.values())
WITH_SERVER = [each for each in DEFAULTS if each.server]

# The names by which the drivers are imported. None in sys.modules makes Python refuse the
# import.
WITHOUT_DRIVERS = """\
import runpy, sys
for driver in ("asyncpg", "psycopg", "psycopg2", "asyncmy", "aiomysql", "pymysql", "MySQLdb"):
    sys.modules[driver] = None
runpy.run_module("bootstrap.first_migration", run_name="__main__")
"""


@pytest.fixture
def empty_database_url(server_database_url: str | None, tmp_path: Path) -> str:
    """The URL of an empty database of the combination's kind, not created yet."""
    return server_database_url or f"sqlite:///{tmp_path}/empty.db"


@pytest.fixture
def unreachable_server(combination: Combination, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the URL of a server that does not exist, for every command."""
    url = f"{combination.database}://nobody@{HOST}:{select_random()}/nothing"
    monkeypatch.setenv("APP_DATABASE_URL", url)


@pytest.mark.parametrize(
    "combination",
    on_each_server(DEFAULTS, "postgresql", "mysql"),
    ids=lambda each: each.with_server,
)
def test_it_is_what_autogenerate_writes_for_an_empty_database(
    combination: Combination, empty_database_url: str
) -> None:
    project = install(combination, APP_DATABASE_URL=empty_database_url)
    [revision] = revisions_of(project)
    emitted = revision.read_bytes()
    revision.unlink()

    with project.database():
        project.run("alembic revision --autogenerate -m 'initial schema' --rev-id 0001")

    assert [path.name for path in revisions_of(project)] == [revision.name]
    assert revision.read_text(encoding="utf-8") == emitted.decode("utf-8")


@pytest.mark.usefixtures("unreachable_server")
@pytest.mark.parametrize("combination", WITH_SERVER, ids=str)
def test_it_needs_neither_server_nor_driver(
    combination: Combination, cookies: Cookies, tmp_path: Path
) -> None:
    installed = install_anew(combination, tmp_path)

    later = Installed(bake(cookies, **combination.answers), combination)
    (later.path / ".venv").symlink_to(installed.path / ".venv")
    later.run(f"python -c '{WITHOUT_DRIVERS}'")

    assert texts_of(later.path / "migrations") == texts_of(installed.path / "migrations")


@pytest.mark.parametrize("combination", DEFAULTS, ids=str)
def test_the_same_answers_make_the_same_project(combination: Combination, tmp_path: Path) -> None:
    first, second = (
        texts_of(each.path) for each in (install(combination), install_anew(combination, tmp_path))
    )

    assert first.pop(".env")
    assert second.pop(".env")
    assert "uv.lock" in first
    assert first.keys() == second.keys()
    assert [name for name in first if first[name] != second[name]] == []


def revisions_of(project: Installed) -> list[Path]:
    """Return the files of the project's revisions."""
    return list((project.path / "migrations" / "versions").glob("*.py"))
