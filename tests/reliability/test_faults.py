"""A database that is killed, frozen or unreachable under load: no write is lost.

All clients get an answer. The servers are the tests' own, of tests/reliability/conftest.py.
"""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.figures import Figures
from tests.installed import Service
from tests.reliability.checks import (
    acknowledged,
    check_answers,
    check_settled,
    slowest,
    watch_while_away,
)
from tests.reliability.conftest import Deployment
from tests.reliability.deployments import each_driver_of_a_server
from tests.reliability.load import Answer, Client, Load, eventually
from tests.servers import HOST, PrivateServer

pytestmark = [pytest.mark.thorough, each_driver_of_a_server]

WRITES = 200  # acknowledged writes before the fault, and again after it
PAUSE = 0.05  # seconds between the requests of a client: the processors are not the subject
ANSWER_LIMIT = 10  # seconds for an answer while the database does not respond
FROZEN = 11  # seconds, which is longer than any answer may take
RETURN_LIMIT = 1  # seconds from the database's return to the first success
TIMEOUT = 30  # seconds for waits without a limit of their own


@pytest.fixture
def server(deployment: Deployment) -> PrivateServer:
    """The database server of the deployment."""
    assert deployment.server is not None
    return deployment.server


def test_nothing_acknowledged_is_lost_when_the_server_is_killed(
    deployment: Deployment, server: PrivateServer, figures: Figures
) -> None:
    where = deployment.combination

    with (
        deployment.project.service() as service,
        Load(service.url, "killed", pause=PAUSE) as load,
    ):
        eventually(lambda: len(acknowledged(load)) >= WRITES, TIMEOUT, "writes")
        with server.killed():
            killed = time.perf_counter()
            watch_while_away([service.url], where, figures)
            eventually(lambda: load.all_answered_since(killed), ANSWER_LIMIT, "answers")
        eventually(deployment.observer.accepts, TIMEOUT, "the server accepts connections")
        back = time.perf_counter()
        eventually(lambda: load.served_since(back), RETURN_LIMIT, "success after the return")
        eventually(lambda: len(acknowledged(load)) >= 2 * WRITES, TIMEOUT, "more writes")
        load.stop()
        lost = lost_writes(service.url, load)
        check_settled(service.url)

    writes = len(acknowledged(load))
    figures.note("acknowledged writes while the server was killed and restarted", where, writes)
    note_return(deployment, figures, load, back)
    figures.note("acknowledged writes lost", where, len(lost))
    assert not lost
    check_answers(load.answers, where, figures)


def test_every_request_is_answered_while_the_server_is_frozen_or_never_responds(
    deployment: Deployment, server: PrivateServer, figures: Figures
) -> None:
    where = deployment.combination

    with (
        deployment.project.service() as service,
        service_with_silent_database(deployment) as unanswered,
        Load(service.url, "frozen", pause=PAUSE) as load,
        Load(unanswered.url, "unanswered") as unanswered_load,
    ):
        eventually(lambda: len(acknowledged(load)) >= WRITES, TIMEOUT, "writes")
        with server.frozen():
            frozen = time.perf_counter()
            watch_while_away([service.url, unanswered.url], where, figures, FROZEN)
        thawed = time.perf_counter()
        eventually(lambda: load.served_since(thawed), RETURN_LIMIT, "success after the thaw")
        load.stop()
        unanswered_load.stop()
        lost = lost_writes(service.url, load)
        check_settled(service.url)

    note_return(deployment, figures, load, thawed)
    figures.note("acknowledged writes lost", where, len(lost))
    assert not lost
    check_answers(load.answers + unanswered_load.answers, where, figures)
    meanwhile = [each for each in load.answers if each.begun < thawed and each.ended > frozen]
    check_durations(meanwhile + unanswered_load.answers, deployment, figures)


def lost_writes(service: str, load: Load) -> set[str]:
    """Return the users whose creation was acknowledged, and which are missing."""
    with Client(service) as client:
        return acknowledged(load) - client.all_users().keys()


def note_return(deployment: Deployment, figures: Figures, load: Load, back: float) -> None:
    """Note the seconds from the server's return to the first success."""
    topic = "first success after the server came back"
    seconds = load.served_since(back)[0].ended - back
    figures.note(topic, deployment.combination, seconds, unit="s", keep="max")


def check_durations(answers: list[Answer], deployment: Deployment, figures: Figures) -> None:
    """Check that no answer took longer than the limit."""
    longest = slowest(answers)
    figures.note(
        "slowest answer while frozen or blackholed",
        deployment.combination,
        longest,
        unit="s",
        keep="max",
    )
    assert longest <= ANSWER_LIMIT


@contextmanager
def service_with_silent_database(deployment: Deployment) -> Iterator[Service]:
    """Serve the project with a database that accepts connections, and never responds."""
    with (
        socket.create_server((HOST, 0), backlog=1024) as listener,
        deployment.with_database_at(listener.getsockname()[1]).service(
            waits_for="/health/live"
        ) as service,
    ):
        yield service
