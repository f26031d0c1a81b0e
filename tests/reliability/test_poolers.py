"""Services behind PgBouncer in transaction mode: right answers, limits, and nothing left.

Two services with more connections than the pooler has to the server share it: whatever one
of them leaves on a connection, the other meets.
"""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from http import HTTPStatus
from typing import Any

import psycopg
import pytest

from tests.figures import Figures
from tests.installed import Installed
from tests.reliability.clients import Client
from tests.reliability.conftest import Deployment
from tests.reliability.deployments import asyncpg_alone, each_driver_of_postgresql
from tests.reliability.poolers import POOL_SIZE, Pooler, Poolers
from tests.reliability.scripting import run_script

pytestmark = [pytest.mark.thorough, pytest.mark.scaling]

CLIENTS = 20
SOME, ALL = 600, 5_000  # requests
KEPT = "prepared_statement_cache_size=100"
ZONE = "Asia/Tokyo"  # of the server

LIMIT = 1  # seconds, as in scripts/pooled.py
LATE = 2  # seconds, until a limit of one has ended what it limits


@pytest.fixture
def poolers() -> Iterator[Poolers]:
    """The poolers of a test: they keep connections, which other tests would count."""
    with ExitStack() as stack:
        yield Poolers(stack)


@pytest.fixture(params=["newest", "of-the-machine"])
def pooler(request: pytest.FixtureRequest, deployment: Deployment, poolers: Poolers) -> Pooler:
    """A pooler of each kind before the server of the deployment."""
    return poolers.of(request.param, deployment)


some_and_all = pytest.mark.parametrize(
    "number", [SOME, pytest.param(ALL, marks=pytest.mark.complete)]
)


@some_and_all
@each_driver_of_postgresql
def test_every_answer_is_right(
    deployment: Deployment, pooler: Pooler, figures: Figures, number: int
) -> None:
    project = pooler.before(deployment)

    statuses, wrong = answers_of_two(project, number, f"{project.combination.driver}{pooler.port}")

    note(deployment, figures, f"PgBouncer {pooler.version}", statuses, wrong)
    assert sum(statuses.values()) >= number
    assert wrong == []


@some_and_all
@asyncpg_alone
def test_every_answer_is_right_where_the_pooler_keeps_statements(
    deployment: Deployment, poolers: Poolers, figures: Figures, number: int
) -> None:
    pooler = poolers.of("newest", deployment)
    project = pooler.before(deployment, KEPT)

    statuses, wrong = answers_of_two(project, number, f"kept{pooler.port}")

    topic = f"PgBouncer {pooler.version}, statements kept"
    note(deployment, figures, topic, statuses, wrong)
    assert sum(statuses.values()) >= number
    assert wrong == []


@each_driver_of_postgresql
def test_limits_hold_and_nothing_is_left_to_other_clients(
    deployment: Deployment, pooler: Pooler
) -> None:
    project = pooler.before(deployment)
    with own_zone(deployment):
        before = found_by_clients(project)

        found = run_script(project, "pooled")

        assert found_by_clients(project) == before
    limits = {
        "statement_timeout": f"{LIMIT}s",
        "lock_timeout": "4s",
        "idle_in_transaction_session_timeout": f"{LIMIT}s",
        "timezone": "UTC",
    }
    assert found["write"] == {**limits, "transaction_read_only": "off"}
    assert found["read"] == {**limits, "transaction_read_only": "on"}
    assert found["read at last"] == found["read"]
    moment = "2020-07-01T10:00:00+00:00"
    assert found["echo"] == [-7, "O'Brien %s %% \\ ; -- :x $1", moment, "2020-07-01 10:00:00+00"]
    assert found["server is read-only"] is False
    for slow in ("slow read", "slow write"):
        status, state, seconds = found[slow]
        assert (status, state) == (HTTPStatus.SERVICE_UNAVAILABLE, "57014"), slow
        assert LIMIT <= seconds < LATE
    status, *_ = found["idle"]
    assert status == HTTPStatus.SERVICE_UNAVAILABLE
    assert found["read that writes"][:2] == [None, "25006"]


@each_driver_of_postgresql
def test_a_server_that_takes_no_writes_is_found(deployment: Deployment, poolers: Poolers) -> None:
    project = poolers.of("newest", deployment).before(deployment)
    address = project.variables["APP_DATABASE_DIRECT_URL"]
    name = address.rpartition("/")[2]
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        try:
            reconnect(connection)
            said = project.run("python -m app.database check", expected=1)
        finally:
            connection.execute("SET default_transaction_read_only = off")
            connection.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only")
            reconnect(connection)
    assert "The database is read-only." in said
    said = project.run("python -m app.database check")
    assert "compare their sum with its max_client_conn" in said


@each_driver_of_postgresql
def test_without_the_setting_the_refusal_names_it(deployment: Deployment, pooler: Pooler) -> None:
    project = pooler.before(deployment).with_variables(APP_DATABASE_POOLER="none")

    [said] = project.run("python -m app.database check", expected=1).splitlines()

    assert "unsupported startup parameter" in said
    assert said.endswith("set APP_DATABASE_POOLER=transaction.")


@each_driver_of_postgresql
def test_a_pooler_that_ignores_the_limits_is_refused(
    deployment: Deployment, poolers: Poolers
) -> None:
    pooler = poolers.of("ignoring", deployment)
    project = pooler.before(deployment).with_variables(APP_DATABASE_POOLER="none")

    [said] = project.run("python -m app.database check", expected=1).splitlines()

    assert "the parameters of the session were lost" in said
    assert "set APP_DATABASE_POOLER=transaction." in said


@each_driver_of_postgresql
def test_migrations_go_round_the_pooler_or_nowhere(
    deployment: Deployment, poolers: Poolers
) -> None:
    through = poolers.of("newest", deployment).before(deployment)
    assert "exists" in through.run("python -m app.database upgrade")

    alone = Installed(
        through.path,
        through.combination,
        {
            name: value
            for name, value in through.variables.items()
            if name != "APP_DATABASE_DIRECT_URL"
        },
    )
    for command in ("python -m app.database create", "alembic upgrade head"):
        [said] = alone.run(command, expected=1).splitlines()
        assert said.startswith("APP_DATABASE_DIRECT_URL is missing: ")


def answers_of_two(
    project: Installed, number: int, name: str
) -> tuple[Counter[int], list[tuple[object, ...]]]:
    """Let clients ask two services together; return the statuses, and what was wrong."""
    turns = -(-number // (CLIENTS * len(STEPS)))
    with project.served() as one, project.served() as other, ThreadPoolExecutor(CLIENTS) as pool:
        services = [(one, other), (other, one)]
        asking = [
            pool.submit(ask, *services[each % 2], f"{name}_{number}_{each}", turns)
            for each in range(CLIENTS)
        ]
    statuses: Counter[int] = Counter()
    wrong: list[tuple[object, ...]] = []
    for each in asking:
        own_statuses, own_wrong = each.result()
        statuses += own_statuses
        wrong += own_wrong
    return statuses, wrong


def ask(
    service: str, other: str, name: str, turns: int
) -> tuple[Counter[int], list[tuple[object, ...]]]:
    """Write by one service and read by both; return the statuses, and what was wrong."""
    statuses: Counter[int] = Counter()
    wrong: list[tuple[object, ...]] = []
    with Client(service) as writer, Client(other) as reader:
        for turn in range(turns):
            story = Story(writer, reader, f"{name}_{turn}")
            for step in STEPS:
                status, found, expected = step(story)
                statuses[status] += 1
                if (status // 100, found) != (2, expected):
                    wrong.append((step.__name__, status, found, expected))
    return statuses, wrong


class Story:
    """A user who is created, found, changed and read; each step says what should be found."""

    def __init__(self, writer: Client, reader: Client, name: str) -> None:
        self._writer, self._reader = writer, reader
        self._name = name
        self._bio = f"the 100% 'bio' of {name}"
        self._id = 0

    def created(self) -> tuple[int, object, object]:
        user = {"username": self._name, "email": f"{self._name}@example.com"}
        status, _ = self._writer.call("POST", "/api/v1/users/bulk", {"users": [user]})
        return status, None, None

    def found(self) -> tuple[int, object, object]:
        status, page = self._reader.call("GET", f"/api/v1/users?search={self._name}%40")
        items: list[dict[str, Any]] = page.get("items", [])
        self._id = items[0]["id"] if items else 0
        return status, [each["username"] for each in items], [self._name]

    def changed(self) -> tuple[int, object, object]:
        body = {"bio": self._bio}
        status, user = self._writer.call("PATCH", f"/api/v1/users/{self._id}", body)
        return status, self._seen(user), (self._name, self._bio)

    def read(self) -> tuple[int, object, object]:
        status, user = self._reader.call("GET", f"/api/v1/users/{self._id}")
        return status, self._seen(user), (self._name, self._bio)

    def read_again(self) -> tuple[int, object, object]:
        status, user = self._writer.call("GET", f"/api/v1/users/{self._id}")
        return status, self._seen(user), (self._name, self._bio)

    def listed(self) -> tuple[int, object, object]:
        status, page = self._reader.call("GET", "/api/v1/users?after=&page_size=5")
        ids = [each["id"] for each in page.get("items", [])]
        return status, len(set(ids)) >= 1 and self._id >= 1, True

    def _seen(self, user: dict[str, Any]) -> tuple[object, object]:
        return user.get("username"), user.get("bio")


STEPS = (Story.created, Story.found, Story.changed, Story.read, Story.read_again, Story.listed)


def note(
    deployment: Deployment,
    figures: Figures,
    pooler: str,
    statuses: Counter[int],
    wrong: list[tuple[object, ...]],
) -> None:
    """Note the number of requests, and what went wrong."""
    where = deployment.combination
    errors = sum(number for status, number in statuses.items() if status >= 500)
    figures.note(
        f"requests of two services through {pooler}, a pool of 5", where, sum(statuses.values())
    )
    figures.note(f"5xx through {pooler}", where, errors)
    figures.note(f"wrong answers through {pooler}", where, len(wrong))


@contextmanager
def own_zone(deployment: Deployment) -> Iterator[None]:
    """Let the sessions of the database have a time zone that is not the service's."""
    address = deployment.project.variables["APP_DATABASE_URL"]
    name = address.rpartition("/")[2]
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE {name} SET timezone = '{ZONE}'")
        reconnect(connection)
        try:
            yield
        finally:
            connection.execute(f"ALTER DATABASE {name} RESET timezone")
            reconnect(connection)


def reconnect(connection: psycopg.Connection[Any]) -> None:
    """Close all other connections to the database, so that new ones have its settings."""
    connection.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )


def found_by_clients(project: Installed) -> set[tuple[object, ...]]:
    """Return what other clients find on all connections of the pooler to the server."""
    names = (
        "statement_timeout",
        "lock_timeout",
        "idle_in_transaction_session_timeout",
        "default_transaction_read_only",
        "timezone",
    )
    columns = ", ".join(f"current_setting('{name}')" for name in names)
    query = f"SELECT {columns}, (SELECT count(*) FROM pg_prepared_statements)"
    address = project.variables["APP_DATABASE_URL"]
    with ExitStack() as stack:
        # Each holds a connection of the pooler until the last has one.
        clients = [
            stack.enter_context(psycopg.connect(address, prepare_threshold=None))
            for _ in range(POOL_SIZE)
        ]
        return {(*row, address) for client in clients for row in client.execute(query).fetchall()}
