"""Reads from a replica: a client never reads an older state than it wrote.

The replica is a streaming standby that replays each commit 5 seconds late. What a client
reads of others shows which server has served it.
"""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import cycle, islice

import pytest

from tests.figures import Figures
from tests.reliability.conftest import Deployment
from tests.reliability.deployments import each_driver_of_postgresql
from tests.reliability.load import Answer, Client, Load, eventually, read_and_write
from tests.reliability.replicas import (
    LAG,
    Replicated,
    Standbys,
    WithCookie,
    WithHeader,
    replicated,
)

pytestmark = [pytest.mark.thorough, pytest.mark.scaling, each_driver_of_postgresql]

KINDS = (WithHeader, WithCookie, Client)
CLIENTS = 10
READS = 500  # after writes, of all clients
TIMEOUT = 30  # seconds for waits without a limit of their own
WRITE_LIMIT = 2  # seconds; a write takes some milliseconds
ANSWERS = 100  # of a load, for each state of the replica


@pytest.fixture(scope="module")
def standbys() -> Iterator[Standbys]:
    """Standbys that are behind, stopped at the end."""
    with ExitStack() as stack:
        yield Standbys(stack)


@pytest.fixture(scope="module")
def service(deployment: Deployment, standbys: Standbys) -> Iterator[Replicated]:
    """Two processes with a replica that serves."""
    with replicated(deployment, standbys.of(deployment)) as service:
        for number in (0, 1):
            eventually(lambda each=number: is_serving(service, each), TIMEOUT, "a replica")
        yield service


def test_clients_read_what_they_wrote(
    deployment: Deployment, service: Replicated, figures: Figures
) -> None:
    users = service.create_users("written", CLIENTS)
    visitor = service.visitor()
    assert visitor.position is not None
    position = visitor.position
    eventually(lambda: service.has_replayed(position), TIMEOUT, "the visitor's position")

    with ThreadPoolExecutor(CLIENTS) as pool:
        kinds = islice(cycle(KINDS), CLIENTS)
        running = [pool.submit(right_reads, service, *each) for each in zip(users, kinds, strict=True)]
        begun = [visitor.get(f"/api/v1/users/{user}").body["bio"] for user in users]
        right = sum(each.result() for each in running)
    seen = [visitor.get(f"/api/v1/users/{user}").body["bio"] for user in users]

    where = deployment.combination
    figures.note("right reads after writes, replica 5 s behind", where, right)
    assert right == READS
    # Others read from the replica, which is behind.
    assert {*begun, *seen} != {str(READS // CLIENTS - 1)}
    assert begun == [None] * CLIENTS


def right_reads(service: Replicated, user: int, kind: type[Client]) -> int:
    """Write by one process, read by the other; count the reads of what was just written."""
    right = 0
    with kind(service.services[0]) as writer, kind(service.services[1]) as reader:
        reader.headers = writer.headers  # one client of two processes
        for number in range(READS // CLIENTS):
            written = writer.write_about(user, str(number))
            assert written.served, written
            read = reader.get(f"/api/v1/users/{user}")
            right += read.served and read.body["bio"] == str(number)
    return right


def is_serving(service: Replicated, number: int = 0) -> bool:
    """Return whether a process reads from the replica."""
    return service.state(number) == "serving"
