"""`python -m app.database check` compares what the service may open with what servers grant."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import URL, make_url

from tests.installed import Installed
from tests.reliability.conftest import Deployment
from tests.reliability.deployments import one_driver_of_each_server
from tests.servers import MAX_CONNECTIONS, administrator

pytestmark = [pytest.mark.scaling, pytest.mark.thorough]

CHECK = "python -m app.database check"
USER, PASSWORD = "limited", "a-password-of-its-own"
OF_THE_ACCOUNT, OF_THE_DATABASE = 30, 20  # connections
FOUR_PROCESSES = {"WEB_CONCURRENCY": "4", "APP_DATABASE_POOL_SIZE": "5"}
RESERVED = 3  # superuser_reserved_connections

HIDE_ROLES = "REVOKE SELECT ON pg_roles FROM PUBLIC"
SHOW_ROLES = "GRANT SELECT ON pg_roles TO PUBLIC"

MAKE = {
    "postgresql": (
        f"CREATE ROLE {USER} LOGIN PASSWORD '{PASSWORD}' CONNECTION LIMIT {OF_THE_ACCOUNT}",
        f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {USER}",
    ),
    "mysql": (
        f"CREATE USER {USER} IDENTIFIED BY '{PASSWORD}' WITH MAX_USER_CONNECTIONS {OF_THE_ACCOUNT}",
        f"GRANT ALL ON `{{database}}`.* TO {USER}",
    ),
}
REMOVE = {
    "postgresql": (f"DROP OWNED BY {USER}", f"DROP ROLE {USER}"),
    "mysql": (f"DROP USER {USER}",),
}
LIMITS = {
    "postgresql": (
        f"max_connections without the reserved ones {MAX_CONNECTIONS - RESERVED}",
        f"the role's CONNECTION LIMIT {OF_THE_ACCOUNT}",
    ),
    "mysql": (
        f"max_connections {MAX_CONNECTIONS}",
        f"the user's max_user_connections {OF_THE_ACCOUNT}",
    ),
}


@one_driver_of_each_server("postgresql", "mysql")
def test_check_prints_the_limits_and_warns_of_the_lowest(deployment: Deployment) -> None:
    database = deployment.combination.database
    alone = deployment.project.with_variables(WEB_CONCURRENCY="1")

    with limited_account(deployment) as project:
        beyond = project.with_variables(**FOUR_PROCESSES).run(CHECK)
        within = project.run(CHECK)
    unlimited = alone.run(CHECK)

    assert "4 x (5 + 5) + 1 = 41" in beyond
    assert f"limits: {', '.join(LIMITS[database])}\n" in beyond
    account = LIMITS[database][1].removesuffix(f" {OF_THE_ACCOUNT}")
    assert f"and {account} is 30: lower APP_DATABASE_POOL_SIZE to 3," in beyond
    assert "warning" not in within
    assert account not in unlimited


@one_driver_of_each_server("postgresql")
def test_a_database_may_have_a_limit_and_a_role_may_not_see_it(deployment: Deployment) -> None:
    name = make_url(deployment.project.variables["APP_DATABASE_URL"]).database
    limit = f'ALTER DATABASE "{name}" CONNECTION LIMIT'

    with (
        limited_account(deployment) as project,
        changed(deployment, f"{limit} {OF_THE_DATABASE}", f"{limit} -1"),
    ):
        project = project.with_variables(**FOUR_PROCESSES)
        limited = project.run(CHECK)
        with changed(deployment, HIDE_ROLES, SHOW_ROLES):
            unseen = project.run(CHECK)

    assert "the database's CONNECTION LIMIT is 20: lower APP_DATABASE_POOL_SIZE to 2," in limited
    assert "CONNECTION LIMIT" not in unseen
    assert LIMITS["postgresql"][0] in unseen


@contextmanager
def limited_account(deployment: Deployment) -> Iterator[Installed]:
    """Create an account with a limit, and yield the project with one process that uses it."""
    database = deployment.combination.database
    url = make_url(deployment.project.variables["APP_DATABASE_URL"])
    run_all(url, *(each.format(database=url.database) for each in MAKE[database]))
    account = url.set(username=USER, password=PASSWORD).render_as_string(hide_password=False)
    try:
        yield deployment.project.with_variables(APP_DATABASE_URL=account, WEB_CONCURRENCY="1")
    finally:
        run_all(url, *REMOVE[database])


@contextmanager
def changed(deployment: Deployment, change: str, undo: str) -> Iterator[None]:
    """Change something in the database, and undo it at the end."""
    url = make_url(deployment.project.variables["APP_DATABASE_URL"])
    run_all(url, change)
    try:
        yield
    finally:
        run_all(url, undo)


def run_all(url: URL, *statements: str) -> None:
    """Run statements as an administrator."""
    with administrator(url).connect() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
