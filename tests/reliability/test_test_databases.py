"""A project's own tests use their own databases, whatever database is configured.

Only those of the project's tests run that create, migrate, empty and drop databases.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.installed import Installed
from tests.reliability.conftest import Deployment
from tests.reliability.databases import USER, Databases
from tests.reliability.deployments import DRIVERS, each_mode
from tests.reliability.load import eventually

pytestmark = pytest.mark.thorough

# One driver of each database.
DATABASES = list({each.database: each for each in reversed(DRIVERS)}.values())
each_database = pytest.mark.parametrize("deployment", DATABASES, ids=str, indirect=True)

SOME_TESTS = (
    "pytest -x -q tests/test_migrations.py tests/test_lifecycle.py"
    " tests/test_transactions.py::test_what_is_committed_stays"
)
TIMEOUT = 120  # seconds for a process to start on a busy machine
NEXT_RUNS = 3  # a server may notice late that a client was killed

# The longest name that each database accepts; for SQLite, the file's name without ".db".
LONGEST = {"postgresql": 63, "mysql": 64, "sqlite": 239}

# The query parameter of each driver that replaces the database in the URL.
QUERY_PARAMETERS = {
    "asyncpg": "database",
    "psycopg": "dbname",
    "psycopg2": "dbname",
    "asyncmy": "db",
    "aiomysql": "db",
    "pymysql": "database",
    "mysqlclient": "db",
}

# The drivers whose engines pass the parameter on; the engines of the others drop it.
MISLED_DRIVERS = ("psycopg", "psycopg2")

# Plugins of pytest. The first adds such a parameter to the URL after its validation.
MISLED = """\
import app.settings

honest = app.settings.load_settings


def load_settings():
    settings = honest()
    url = settings.database_url.update_query_dict({query!r})
    return settings.model_copy(update={{"database_url": url}})


app.settings.load_settings = load_settings
"""
STAYING = """\
import time
from pathlib import Path


def pytest_runtest_logfinish(nodeid, location):
    Path({note!r}).touch()
    time.sleep(600)
"""


@pytest.fixture
def databases(deployment: Deployment) -> Databases:
    """The databases on the server or in the folder of the deployment."""
    return Databases(deployment)


def configured(databases: Databases, name: str) -> Installed:
    """Return the project with another database configured."""
    return databases.deployment.project.with_variables(APP_DATABASE_URL=databases.url_of(name))


@each_database
def test_the_configured_database_stays_though_its_name_is_the_longest(
    databases: Databases,
) -> None:
    name = "l" * LONGEST[databases.kind]
    with databases.one_with_a_user(name):
        configured(databases, name).run(SOME_TESTS)

        assert databases.users_of(name) == [USER]
    assert not databases.of_tests()


@each_database
def test_a_name_that_is_too_long_is_refused(databases: Databases) -> None:
    name = "l" * (LONGEST[databases.kind] + 1)
    before = databases.names()

    output = configured(databases, name).run("python -m app.database create", expected=1)

    assert output.count("\n") == 1
    assert "shorten" in output
    assert databases.names() == before


@each_mode(1, "postgresql", "mysql")
def test_a_query_that_names_another_database_leads_no_test_there(
    databases: Databases, tmp_path: Path
) -> None:
    driver = databases.deployment.combination.driver
    query = {QUERY_PARAMETERS[driver]: "real"}
    misled = driver in MISLED_DRIVERS
    write_plugin(tmp_path, MISLED.format(query=query))
    with databases.one_with_a_user("real"):
        project = configured(databases, "named").with_variables(PYTHONPATH=str(tmp_path))
        output = project.run(f"{SOME_TESTS} -p plugin", expected=int(misled))

        assert databases.users_of("real") == [USER]
        assert ("but at real, and stop" in output) == misled
        assert "Traceback" not in output


@each_database
def test_concurrent_runs_do_not_disturb_each_other(databases: Databases) -> None:
    project = configured(databases, "at_once")

    with ThreadPoolExecutor() as pool:
        [*pool.map(project.run, [SOME_TESTS] * 3)]

    assert not databases.of_tests()


@each_database
def test_databases_of_a_killed_run_are_dropped_and_those_of_a_running_one_kept(
    databases: Databases, tmp_path: Path
) -> None:
    project = configured(databases, "swept")

    with staying_between_two_tests(project, tmp_path):
        living = databases.of_tests()
        project.run(SOME_TESTS)
        assert databases.of_tests() == living != set()

    assert databases.of_tests() == living
    for _ in range(NEXT_RUNS):
        project.run(SOME_TESTS)
        if not databases.of_tests():
            return
    pytest.fail(f"left by a killed run: {databases.of_tests()}")


def write_plugin(folder: Path, text: str) -> None:
    """Write a plugin of pytest, called ``plugin``."""
    (folder / "plugin.py").write_text(text, encoding="utf-8")


@contextmanager
def staying_between_two_tests(project: Installed, folder: Path) -> Iterator[None]:
    """Run tests that halt after the first one, and kill them at the end."""
    note = folder / "first test done"
    write_plugin(folder, STAYING.format(note=str(note)))
    with project.with_variables(PYTHONPATH=str(folder)).started(f"{SOME_TESTS} -p plugin"):
        eventually(note.exists, TIMEOUT, "the first test is done")
        yield
