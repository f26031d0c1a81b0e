"""A cluster of PostgreSQL, and services of two projects that reach it in two ways."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from tests.cluster.patroni import Cluster, patroni_cluster
from tests.combinations import Combination
from tests.conftest import check_build, enter_server
from tests.installed import Installed, Service, install

PRODUCTION = {"APP_ENVIRONMENT": "production"}


@dataclass(frozen=True)
class Deployed:
    """A service, the combination that it has been generated from, and its way to the database."""

    service: Service
    combination: Combination
    way: str

    @property
    def name(self) -> str:
        """A name for its users, unique among the services of a fleet."""
        return f"{self.combination.concurrency}_{self.combination.driver}_{self.way}"


@dataclass(frozen=True)
class Fleet:
    """Services that run during all tests, and are never restarted."""

    cluster: Cluster
    projects: list[Installed]
    services: list[Deployed]


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """Three nodes of PostgreSQL under Patroni, stopped and removed at the end."""
    with ExitStack() as stack:
        yield enter_server(stack, patroni_cluster())


@pytest.fixture(scope="module")
def fleet(request: pytest.FixtureRequest, cluster: Cluster) -> Iterator[Fleet]:
    """Each project twice: through HAProxy, and with the URL of several hosts."""
    combinations: tuple[Combination, ...] = request.param
    for each in combinations:
        check_build(each)
    ways = {"haproxy": cluster.balanced_url(), "hosts": cluster.several_hosts_url()}
    projects = [
        install(each, APP_DATABASE_URL=ways["haproxy"], **PRODUCTION) for each in combinations
    ]
    cluster.wait_until_whole()
    cluster.create_database()
    projects[0].run("python -m app.database upgrade --wait 30")
    with ExitStack() as stack:
        services = [
            Deployed(
                stack.enter_context(project.with_variables(APP_DATABASE_URL=url).service()),
                project.combination,
                way,
            )
            for project in projects
            for way, url in ways.items()
        ]
        yield Fleet(cluster, projects, services)
