"""Reads from a replica: a client never reads an older state than it wrote.

The replica is a streaming standby that replays each commit 5 seconds late. What a client
reads of others shows which server has served it.
"""

import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import cycle, islice, repeat

import pytest

from tests.figures import Figures
from tests.reliability.conftest import Deployment
from tests.reliability.deployments import each_driver_of_postgresql, each_driver_once
from tests.reliability.load import Answer, Client, Load, eventually
from tests.reliability.replicas import (
    HEADER,
    LAG,
    Replicated,
    Standbys,
    WithCookie,
    WithHeader,
    replicated,
)

pytestmark = [pytest.mark.thorough, pytest.mark.scaling]

KINDS = (WithHeader, WithCookie, Client)
CLIENTS = 10
READS = 500  # after writes, of all clients
TIMEOUT = 30  # seconds for waits without a limit of their own
WRITE_LIMIT = 2  # seconds; a write takes some milliseconds
VISITORS, WRITERS = 8, 2
ANSWERS = 100  # of each load, in each state of the replica
FORGED = (
    "",
    "0/0",
    "0",
    "/",
    "0/0/0",
    "-1/1",
    "1/ 1",
    "0x1/1",
    "g/1",
    "123456789/1",
    "FFFFFFFF/FFFFFFFF",
)


@pytest.fixture(scope="module")
def standbys() -> Iterator[Standbys]:
    """Standbys that are behind, stopped at the end."""
    with ExitStack() as stack:
        yield Standbys(stack)


@pytest.fixture(scope="module")
def service(deployment: Deployment, standbys: Standbys) -> Iterator[Replicated]:
    """Two processes with a replica that serves."""
    with replicated(deployment, standbys.of(deployment)) as service:
        eventually(lambda: is_serving(service, 0), TIMEOUT, "a replica")
        eventually(lambda: is_serving(service, 1), TIMEOUT, "a replica")
        yield service


@each_driver_of_postgresql
def test_clients_read_what_they_wrote(
    deployment: Deployment, service: Replicated, figures: Figures
) -> None:
    users = service.create_users("written", CLIENTS)

    with ThreadPoolExecutor(CLIENTS) as pool:
        kinds = islice(cycle(KINDS), CLIENTS)
        right = sum(pool.map(right_reads, repeat(service), users, kinds))

    topic = f"reads after writes with a replica {LAG} s behind: right"
    figures.note(topic, deployment.combination, right)
    assert right == READS


@each_driver_of_postgresql
def test_others_read_from_the_replica(service: Replicated) -> None:
    [user, *_] = service.create_users("others", 1)
    position = service.position_of_reader()
    eventually(lambda: service.has_replayed(position), TIMEOUT, "the position")

    with Client(service.services[1]) as visitor, WithHeader(service.services[0]) as writer:
        visitor.headers[HEADER] = position
        assert writer.write_about(user, "new").served
        assert bio_of(visitor, user) is None
        assert bio_of(writer, user) == "new"


@each_driver_of_postgresql
def test_a_position_that_is_not_valid_reads_from_the_primary(service: Replicated) -> None:
    [user] = service.create_users("forged", 1)

    for number, forged in enumerate(FORGED):
        with Client(service.services[0]) as writer, Client(service.services[1]) as reader:
            reader.headers[HEADER] = forged
            reader.headers["Cookie"] = f"position={forged}"
            assert writer.write_about(user, str(number)).served
            assert bio_of(reader, user) == str(number)


@each_driver_once("asyncpg", "psycopg2", of="postgresql")
def test_a_replica_that_is_killed_is_not_noticed(
    deployment: Deployment, service: Replicated, figures: Figures
) -> None:
    where = deployment.combination
    with loaded(service, f"killed_{where.driver}") as loads:
        with service.replica.killed():
            eventually(lambda: not is_serving(service), TIMEOUT, "the replica is away")
            served_by_each(loads)
        eventually(lambda: is_serving(service), TIMEOUT, "the replica serves again")
        served_by_each(loads)

    failed = [each for load in loads for each in load.answers if not each.served]
    figures.note("answers other than 2xx while the replica is killed", where, len(failed))
    assert failed == []


@each_driver_once("asyncpg", "psycopg2", of="postgresql")
def test_a_replica_that_hangs_is_not_noticed_by_writes(
    deployment: Deployment, service: Replicated, figures: Figures
) -> None:
    where = deployment.combination
    with loaded(service, f"frozen_{where.driver}") as loads:
        with service.replica.frozen():
            eventually(lambda: not is_serving(service), TIMEOUT, "the replica is away")
            served_by_each(loads)
        eventually(lambda: is_serving(service), TIMEOUT, "the replica serves again")
        served_by_each(loads)

    failed = [each for load in loads for each in load.answers if not each.served]
    slowest = max(each.seconds for load in loads for each in load.answers if each.wrote)
    figures.note("answers other than 2xx while the replica is frozen", where, len(failed))
    figures.note("slowest write, replica frozen", where, slowest, unit="s", keep="max")
    assert failed == []
    assert slowest <= WRITE_LIMIT


def right_reads(service: Replicated, user: int, kind: type[Client]) -> int:
    """Write by one process, read by the other; count the reads of what was just written."""
    right = 0
    with kind(service.services[0]) as writer, kind(service.services[1]) as reader:
        reader.headers = writer.headers  # one client of two processes
        for number in range(READS // CLIENTS):
            written = writer.write_about(user, str(number))
            assert written.served, written
            right += bio_of(reader, user) == str(number)
    return right


def bio_of(client: Client, user: int) -> object:
    """Return what a client reads of a user."""
    answer = client.get(f"/api/v1/users/{user}")
    assert answer.served, answer
    return answer.body["bio"]


@contextmanager
def loaded(service: Replicated, name: str) -> Iterator[tuple[Load, Load]]:
    """Load a process with clients that write, and with visitors that read from the replica."""
    address = service.services[0]
    visitors = Load(address, name, VISITORS, WithHeader, read_one_page)
    with visitors, Load(address, name, WRITERS) as writers:
        served_by_each((visitors, writers))
        yield visitors, writers


def read_one_page(client: Client, _name: str) -> Iterable[Answer]:
    """List some users."""
    yield client.get("/api/v1/users?page_size=5")


def served_by_each(loads: Iterable[Load]) -> None:
    """Wait for some more successful answers of each load."""
    begun = time.perf_counter()
    for load in loads:
        eventually(partial(has_served, load, begun), TIMEOUT, "answers")


def has_served(load: Load, since: float) -> bool:
    """Return whether a load has some more successful answers."""
    return len(load.served_since(since)) >= ANSWERS


def is_serving(service: Replicated, number: int = 0) -> bool:
    """Return whether a process reads from the replica."""
    return service.state(number) == "serving"
