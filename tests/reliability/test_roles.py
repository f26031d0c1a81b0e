"""A role that may use one database and create none, as deployments usually have it."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from sqlalchemy import make_url

from tests.installed import Installed
from tests.reliability.conftest import Deployment
from tests.reliability.databases import Databases
from tests.reliability.deployments import each_mode

pytestmark = pytest.mark.thorough

ROLE, PASSWORD = "owner", "of-its-own"
OWN = "owned"  # the database that the role may use
MISSING = "missing"
CREATE = "python -m app.database create"
UPGRADE = "python -m app.database upgrade --wait 60"

# An administrator's statements that create the role and its database, and remove both.
MADE = {
    "postgresql": (
        f"CREATE ROLE {ROLE} LOGIN PASSWORD '{PASSWORD}'",
        f"CREATE DATABASE {OWN} OWNER {ROLE}",
        "REVOKE CONNECT ON DATABASE postgres FROM PUBLIC",
        "REVOKE CONNECT ON DATABASE template1 FROM PUBLIC",
    ),
    "mysql": (
        f"CREATE USER {ROLE}@'%%' IDENTIFIED BY '{PASSWORD}'",
        f"CREATE DATABASE {OWN}",
        f"GRANT ALL ON {OWN}.* TO {ROLE}@'%%'",
    ),
}
REMOVED = {
    "postgresql": (
        f"DROP DATABASE {OWN} WITH (FORCE)",
        f"DROP ROLE {ROLE}",
        "GRANT CONNECT ON DATABASE postgres TO PUBLIC",
        "GRANT CONNECT ON DATABASE template1 TO PUBLIC",
    ),
    "mysql": (f"DROP DATABASE {OWN}", f"DROP USER {ROLE}@'%%'"),
}
RIGHT_TO_CREATE = {
    "postgresql": (f"ALTER ROLE {ROLE} CREATEDB", "GRANT CONNECT ON DATABASE template1 TO PUBLIC"),
    "mysql": (f"GRANT ALL ON {MISSING}.* TO {ROLE}@'%%'",),
}


@pytest.fixture
def databases(deployment: Deployment) -> Databases:
    """The databases of the server."""
    return Databases(deployment)


@contextmanager
def restricted(databases: Databases) -> Iterator[None]:
    """Create the role and its database, and drop them at the end."""
    databases.execute(*MADE[databases.kind])
    try:
        yield
    finally:
        databases.drop(MISSING)
        databases.execute(*REMOVED[databases.kind])


def with_role(databases: Databases, name: str) -> Installed:
    """Return the project with the role and a database in its URL."""
    url = make_url(databases.url_of(name)).set(username=ROLE, password=PASSWORD)
    return databases.deployment.project.with_variables(
        APP_DATABASE_URL=url.render_as_string(hide_password=False)
    )


@each_mode(1, "postgresql", "mysql")
def test_a_role_without_the_right_to_create_starts_and_the_error_names_the_remedy(
    databases: Databases,
) -> None:
    with restricted(databases):
        assert f"database {OWN}: exists" in with_role(databases, OWN).run(UPGRADE)
        assert f"database {OWN}: exists" in with_role(databases, OWN).run(UPGRADE)

        refusal = with_role(databases, MISSING).run(UPGRADE, expected=1)
        assert_one_sentence(refusal, MISSING, "let an administrator create it")

        output = with_role(databases, OWN).run("pytest tests/test_transactions.py", expected=1)
        assert "Exit: The tests need " in output
        assert "Traceback" not in output

        databases.execute(*RIGHT_TO_CREATE[databases.kind])
        assert f"database {MISSING}: created" in with_role(databases, MISSING).run(CREATE)


@each_mode(0)
def test_one_of_several_processes_creates_the_database(databases: Databases) -> None:
    project = databases.deployment.project.with_variables(
        APP_DATABASE_URL=databases.url_of(MISSING)
    )
    try:
        with ThreadPoolExecutor() as pool:
            said = [*pool.map(project.run, [CREATE] * 4)]
    finally:
        databases.drop(MISSING)

    assert sum("created" in each for each in said) == 1
    assert sum("exists" in each for each in said) == 3


def assert_one_sentence(output: str, *parts: str) -> None:
    """Check that the output of a command is one line with these parts."""
    assert output.count("\n") == 1, output
    assert [part for part in parts if part not in output] == [], output
