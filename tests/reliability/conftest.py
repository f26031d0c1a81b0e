"""Services with their own database server, which tests may kill, freeze and restart."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest
from sqlalchemy import make_url

from tests.combinations import Combination
from tests.conftest import check_build, enter_server
from tests.installed import Installed, install
from tests.reliability.observer import FileObserver, Observer, ServerObserver
from tests.reliability.operators import operated
from tests.reliability.standbys import Pairs
from tests.servers import KINDS, NO_SETTINGS, PrivateServer


@dataclass(frozen=True)
class Deployment:
    """A migrated project, its private server (SQLite has none), and an observer of its database."""

    project: Installed
    observer: Observer
    server: PrivateServer | None

    @property
    def combination(self) -> Combination:
        return self.project.combination

    def with_database_at(self, port: int) -> Installed:
        """Return the project with another port in the URL of its database."""
        url = make_url(self.project.variables["APP_DATABASE_URL"]).set(port=port)
        return self.project.with_variables(APP_DATABASE_URL=str(url))


class PrivateServers:
    """The private servers of a worker, each started when it is first used."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._servers: dict[str, PrivateServer] = {}

    def of(self, kind: str) -> PrivateServer:
        """Return the server of a kind; skip the test where there is none."""
        if kind not in self._servers:
            self._servers[kind] = enter_server(self._stack, KINDS[kind].start(NO_SETTINGS))
        return self._servers[kind]


@pytest.fixture(scope="session")
def private_servers() -> Iterator[PrivateServers]:
    """The private servers, stopped at the end."""
    with ExitStack() as stack:
        yield PrivateServers(stack)


@pytest.fixture(scope="session")
def pairs() -> Iterator[Pairs]:
    """Pairs of a primary and a standby, whose standbys are stopped at the end."""
    with ExitStack() as stack:
        yield Pairs(stack)


@pytest.fixture(scope="session")
def deployment(request: pytest.FixtureRequest, private_servers: PrivateServers) -> Deployment:
    """A project of the test's combination, installed once for all tests of the combination.

    They run one after another, also those of different modules.
    """
    combination: Combination = request.param
    check_build(combination)
    if not combination.server:
        project = install(combination)
        project.run("alembic upgrade head")
        [file] = project.path.glob("*.db")
        return Deployment(project, FileObserver(file), None)
    server = private_servers.of(combination.server)
    url = f"{server.url}/{combination.slug.replace('-', '_')}"
    project = install(combination, APP_DATABASE_URL=url)
    project.run("python -m app.database upgrade --wait 30")
    return Deployment(operated(project), ServerObserver(combination.database, url), server)
