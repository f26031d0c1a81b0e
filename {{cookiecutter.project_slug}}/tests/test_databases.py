"""The tests keep to databases of their own."""

import pytest

from app.database.database import Database
from app.settings import URL_EXAMPLE, Settings
from tests.databases import RUN, check_place, of_other_runs, settings_for


async def connect_and_check(database: Database, settings: Settings) -> None:
    async with database.engine.connect() as connection:
        await check_place(connection, settings)


async def test_a_database_that_is_not_meant_ends_the_tests(database: Database) -> None:
    with pytest.raises(pytest.exit.Exception, match=r"not at .+ but at .+_test_"):
        await connect_and_check(database, settings_for("_other"))


def test_a_long_name_leaves_room(monkeypatch: pytest.MonkeyPatch) -> None:
    url = URL_EXAMPLE.replace("database", "ü" * 100)
    monkeypatch.setenv("APP_DATABASE_URL", url)

    name = str(settings_for("_some_purpose").database_url.database)

    assert "ü_test_run" in name
    assert name.endswith("_some_purpose{{ '.db' if cookiecutter.database == 'sqlite' }}")
    # {% if cookiecutter.database != "sqlite" %}
    assert len(name.encode()) <= 63
    # {% endif %}


def test_the_databases_of_other_runs_are_known_by_their_names() -> None:
    ours, other, gone = (f"mine_test_{run}" for run in (RUN, "run111111", "run222222"))
    left = [other, f"{other}_up", f"{gone}_up"]
    theirs = ["mine", "mine_test", "mine_test_2026", f"{other}2", f"not_{other}"]

    found = of_other_runs([*theirs, *left, ours, f"{ours}_up"], first=ours)

    assert found == {other: [f"{other}_up", other], gone: [f"{gone}_up"]}
