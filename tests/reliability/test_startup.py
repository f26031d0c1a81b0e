"""A service that starts without its database is live, and ready soon after its database.

The servers are the tests' own, of tests/reliability/conftest.py.
"""

from contextlib import ExitStack
from http import HTTPStatus

import pytest

from tests.figures import Figures
from tests.installed import Service
from tests.reliability.checks import is_ready, watch_while_away
from tests.reliability.conftest import Deployment
from tests.reliability.deployments import (
    each_driver_of_a_file,
    each_mode,
)
from tests.reliability.load import Answer, Client, eventually

pytestmark = pytest.mark.thorough

RETURN_LIMIT = 1  # seconds from the database's start to readiness
TIMEOUT = 30  # seconds for waits without a limit of their own


@each_mode(1, "postgresql", "mysql")
def test_a_service_that_starts_before_its_database_becomes_ready(
    deployment: Deployment, figures: Figures
) -> None:
    where, server = deployment.combination, deployment.server
    assert server is not None

    with ExitStack() as services:
        with server.killed():
            start = deployment.project.service(waits_for="/health/live")
            service = services.enter_context(start)
            watch_while_away([service.url], where, figures)
        eventually(deployment.observer.accepts, TIMEOUT, "the server accepts connections")
        with Client(service.url) as client:
            seconds = eventually(lambda: is_ready(client), RETURN_LIMIT, "readiness")

    figures.note("ready after the database came up", where, seconds, unit="s", keep="max")


@each_mode(0)
def test_a_schema_that_is_not_at_head_is_not_ready(
    deployment: Deployment, figures: Figures
) -> None:
    project = deployment.project

    project.run("alembic downgrade base")
    with project.service(waits_for="/health/live") as service:
        watch_while_away([service.url], deployment.combination, figures)
        detail = readiness_of(service).body["detail"]
        project.run("alembic upgrade head")
        ready = readiness_of(service)

    assert "base" in detail
    assert "0001" in detail
    assert ready.status == HTTPStatus.OK, ready


@each_driver_of_a_file
def test_a_file_that_is_missing_is_not_ready(deployment: Deployment, figures: Figures) -> None:
    project = deployment.project
    [file] = project.path.glob("*.db")

    file.unlink()
    with project.service(waits_for="/health/live") as service:
        watch_while_away([service.url], deployment.combination, figures)
        project.run("alembic upgrade head")
        ready = readiness_of(service)

    assert ready.status == HTTPStatus.OK, ready


def readiness_of(service: Service) -> Answer:
    """Return the response of a service to a readiness probe."""
    with Client(service.url) as client:
        return client.get("/health/ready")
