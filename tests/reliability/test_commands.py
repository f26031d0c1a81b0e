"""Commands that fail exit with one sentence and exit code 1.

Each driver is tested with each failure, because the exceptions are the drivers' own.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from port_for import select_random
from sqlalchemy import URL, Connection, make_url
from sqlalchemy.exc import OperationalError

from tests.installed import Installed
from tests.reliability.conftest import Deployment
from tests.reliability.deployments import (
    each_driver_of_a_file,
    each_mode,
)
from tests.reliability.load import eventually
from tests.servers import administrator

pytestmark = pytest.mark.thorough

TIMEOUT = 10  # seconds
LOG = re.compile(r"INFO \[alembic\.|database \S+: (exists|created)$")

# An account that needs a password, and may only read one empty database.
READER, PASSWORD, EMPTY = "reader", "right", "reading_room"
READERS = {
    "postgresql": (
        f"CREATE DATABASE {EMPTY}",
        f"CREATE ROLE {READER} LOGIN PASSWORD '{PASSWORD}'",
    ),
    "mysql": (
        f"CREATE DATABASE {EMPTY}",
        f"CREATE USER {READER} IDENTIFIED BY '{PASSWORD}'",
        f"GRANT SELECT ON {EMPTY}.* TO {READER}",
    ),
}
NO_READERS = {
    "postgresql": (f"DROP DATABASE {EMPTY} WITH (FORCE)", f"DROP ROLE {READER}"),
    "mysql": (f"DROP DATABASE {EMPTY}", f"DROP USER {READER}"),
}

REVISION = """\
import sqlalchemy as sa
from alembic import op

revision = "{name}"
down_revision = {after!r}


def upgrade() -> None:
    {step}
"""
ADD_COLUMN = 'op.add_column("users", sa.Column("city", sa.String(50)))'
WRONG_STEP = 'op.execute("UPDATE no_such_table SET city = 1")'


@each_mode(0, "postgresql", "mysql")
def test_a_server_that_refuses(deployment: Deployment) -> None:
    url = make_url(deployment.project.variables["APP_DATABASE_URL"])
    server = deployment.combination.database
    refusals = [
        ("alembic upgrade head", url.set(port=select_random())),
        ("python -m app.database create", url.set(host="nowhere.invalid")),
        ("alembic check", url.set(database="missing")),
    ]
    for command, wrong in refusals:
        ends_with_sentence(at(deployment, wrong), command, "Cannot connect to the database")

    with reader(server, url) as allowed:
        wrong = allowed.set(password="wrong")
        ends_with_sentence(at(deployment, wrong), "alembic current", READER, "APP_DATABASE_URL")
        ends_with_sentence(at(deployment, wrong), "python -m app.database check", READER)
        ends_with_sentence(at(deployment, allowed), "alembic upgrade head", "denied", "Grant it")


@each_mode(1)
def test_a_table_that_is_in_use(deployment: Deployment) -> None:
    project = deployment.project.with_variables(
        APP_DATABASE_LOCK_TIMEOUT="1", APP_DATABASE_MIGRATION_LOCK_TIMEOUT="1"
    )

    with revision(project, "city", ADD_COLUMN), deployment.observer.holding([1]):
        ends_with_sentence(project, "alembic upgrade head", "try again when", "ended")


@each_mode(0)
def test_a_revision_that_cannot_run(deployment: Deployment) -> None:
    project = deployment.project

    with revision(project, "wrong", WRONG_STEP):
        words = ("migrations/versions/wrong.py, line 9", "no_such_table", "--raiseerr")
        ends_with_sentence(project, "alembic upgrade head", *words)


@each_driver_of_a_file
def test_errors_of_alembic(deployment: Deployment) -> None:
    project = deployment.project

    ends_with_sentence(project, "alembic upgrade nothing", "nothing")
    ends_with_sentence(project, "alembic downgrade nothing", "nothing")
    wrong = project.with_variables(APP_DATABASE_URL="nonsense")
    ends_with_sentence(wrong, "alembic upgrade head", "APP_DATABASE_URL")
    with revision(project, "one", "pass"), revision(project, "another", "pass"):
        ends_with_sentence(project, "alembic upgrade head", "Multiple head revisions")
        ends_with_sentence(project, "python -m app.database upgrade", "Multiple head revisions")
    with revision(project, "wrong", WRONG_STEP):
        ends_with_sentence(project, "python -m app.database upgrade", "no_such_table")
        assert "Traceback" in project.run("alembic --raiseerr upgrade head", expected=1)
    with revision(project, "one", "pass"):
        ends_with_sentence(project, "alembic revision --autogenerate --message x", "not up to date")


@each_driver_of_a_file
def test_commands_from_another_folder(deployment: Deployment, tmp_path: Path) -> None:
    project = deployment.project
    alembic = f"from alembic.config import main; main(['-c', '{project.path}/pyproject.toml', "

    for arguments, expected in (("'current']", "0001 (head)"), ("'check']", "No new upgrade")):
        code = f"import os; os.chdir('{tmp_path}'); {alembic}{arguments})"
        assert expected in project.run(f'python -c "{code}"')

    assert [*tmp_path.iterdir()] == []


def ends_with_sentence(project: Installed, command: str, *words: str) -> None:
    """Check for exit code 1 and, apart from Alembic's log, one line with the words."""
    lines = project.run(command, expected=1).splitlines()
    [sentence] = [line for line in lines if not LOG.match(line)]
    for word in words:
        assert word in sentence


def at(deployment: Deployment, url: URL) -> Installed:
    """Return the project with the URL of another database."""
    text = url.render_as_string(hide_password=False)
    return deployment.project.with_variables(APP_DATABASE_URL=text)


@contextmanager
def revision(project: Installed, name: str, step: str) -> Iterator[None]:
    """Add a revision after the first one; remove it at the end. It must not be applied."""
    file = project.path / "migrations" / "versions" / f"{name}.py"
    file.write_text(REVISION.format(name=name, after="0001", step=step), encoding="utf-8")
    try:
        yield
    finally:
        file.unlink()


@contextmanager
def reader(server: str, url: URL) -> Iterator[URL]:
    """Create an account that may only read one empty database, and yield the URL of both."""
    name = "postgres" if server == "postgresql" else None
    engine = administrator(url.set(database=name))
    allowed = url.set(username=READER, password=PASSWORD, database=EMPTY)
    with engine.connect() as connection:
        for statement in READERS[server]:
            connection.exec_driver_sql(statement)
        try:
            if server == "postgresql":
                require_password(connection)
                stranger = allowed.set(password="wrong")
                eventually(lambda: not accepts(stranger), TIMEOUT, "passwords are asked for")
            yield allowed
        finally:
            for statement in NO_READERS[server]:
                connection.exec_driver_sql(statement)


def require_password(connection: Connection) -> None:
    """Let PostgreSQL require the reader's password; the tests' servers trust all others."""
    hba = Path(str(connection.exec_driver_sql("SHOW hba_file").scalar_one()))
    line = f"host all {READER} all scram-sha-256\n"
    text = hba.read_text(encoding="utf-8")
    if line not in text:
        hba.write_text(line + text, encoding="utf-8")
        connection.exec_driver_sql("SELECT pg_reload_conf()")


def accepts(url: URL) -> bool:
    """Return whether the server accepts a connection with this URL."""
    try:
        administrator(url).connect().close()
    except OperationalError:
        return False
    return True
