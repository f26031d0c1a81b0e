"""A service survives whatever happens to a cluster under Patroni, without a restart.

The cluster replicates synchronously: a commit is acknowledged once two nodes have it. The
services of a fleet run during all of these tests, and each test leaves the cluster whole.
"""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from itertools import pairwise

import pytest

from tests.cluster.conftest import Deployed, Fleet
from tests.cluster.patroni import ETCD, REPLICA_PORT, ROLE, Cluster, Node
from tests.combinations import Combination
from tests.figures import Figures
from tests.reliability.checks import acknowledged, check_answers, check_settled, slowest
from tests.reliability.load import Answer, Client, Load, eventually, read_only
from tests.reliability.replicas import WithHeader

ASYNCPG = Combination("async", "postgresql", "asyncpg", "repository", "none")
PSYCOPG_ASYNC = Combination("async", "postgresql", "psycopg", "dao", "none")
PSYCOPG = Combination("sync", "postgresql", "psycopg", "dao", "none")
PSYCOPG2 = Combination("sync", "postgresql", "psycopg2", "repository", "none")


def _pair(*combinations: Combination, marks: tuple[pytest.MarkDecorator, ...] = ()) -> object:
    name = "-and-".join(f"{each.concurrency}-{each.driver}" for each in combinations)
    return pytest.param(combinations, id=name, marks=marks)


pytestmark = [
    pytest.mark.scaling,
    pytest.mark.thorough,
    pytest.mark.parametrize(
        "fleet",
        [
            _pair(ASYNCPG, PSYCOPG),
            _pair(PSYCOPG_ASYNC, PSYCOPG2, marks=(pytest.mark.complete,)),
        ],
        indirect=True,
    ),
]

Loads = dict[Deployed, Load]

KILLS = 5
CLIENTS = 5  # of each service: 20 of the four
PAUSE = 0.1  # seconds between the requests of a client: the processors are not the subject
WAITING = 16  # commits that wait for a standby: of each service some
WRITES = 20  # acknowledged writes of each service before a fault, and after it
TIMEOUT = 30  # seconds for waits without a limit of their own
REQUEST_LIMIT = 9  # seconds for any answer: APP_REQUEST_TIMEOUT and one
KILL_LIMIT = 10  # seconds until the first write after the primary was killed
SWITCHOVER_LIMIT = 3  # seconds without a write during a planned switchover
READ_LIMIT = 2  # seconds without a read that needs no primary
# Patroni's shortest ttl, after which a node that says nothing is no primary any more, and
# as long as a kill takes from there.
TTL = 20
LOSS_LIMIT = TTL + KILL_LIMIT


def test_five_kills_of_the_primary_lose_no_acknowledged_write(
    fleet: Fleet, figures: Figures
) -> None:
    for number in range(KILLS):
        with _under_load(fleet, f"kill_{number}", figures) as loads:
            former = fleet.cluster.primary()
            killed = time.perf_counter()
            former.kill_database()
            _await_writes(loads, killed, KILL_LIMIT)
        for where, load in loads.items():
            seconds = _first_write(load, killed) - killed
            assert seconds <= KILL_LIMIT
            topic = "first write after the primary of a Patroni cluster was killed"
            figures.note(topic, where.combination, seconds, unit="s", keep="max")
        _check_left(fleet.cluster, former)


def test_a_planned_switchover_interrupts_writes_for_three_seconds_at_most(
    fleet: Fleet, figures: Figures
) -> None:
    with _under_load(fleet, "switchover", figures) as loads:
        former = fleet.cluster.primary()
        begun = time.perf_counter()
        fleet.cluster.switch_over()
        _await_writes(loads, time.perf_counter(), TIMEOUT)
    refused = {where.name: _refused_for(load, begun) for where, load in loads.items()}
    for where in loads:
        topic = "time of refused writes in a planned switchover of a Patroni cluster"
        figures.note(topic, where.combination, refused[where.name], unit="s", keep="max")
    assert max(refused.values()) <= SWITCHOVER_LIMIT, refused
    _check_left(fleet.cluster, former)


def test_a_primary_that_is_cut_off_from_the_others_acknowledges_nothing(
    fleet: Fleet, figures: Figures
) -> None:
    """The services still reach it, until it notices that it is no primary any more."""
    cluster = fleet.cluster
    with _under_load(fleet, "cut_off", figures) as loads:
        former = cluster.primary()
        others = [node for node in cluster.nodes if node is not former]
        with cluster.network.cut_off(former.host, [ETCD, *(node.host for node in others)]):
            cut = time.perf_counter()
            eventually(lambda: _primary_of(cluster, others), LOSS_LIMIT, "another primary")
            promoted = time.perf_counter()
            _await_writes(loads, promoted, KILL_LIMIT)
            _check_all_settled(loads)
    for load in loads.values():
        assert not [each for each in _writes(load, cut) if each.ended < cut + TTL / 2]
    _note_loss(loads, cut, figures)
    _check_left(fleet.cluster, former)


@pytest.mark.complete
def test_a_primary_whose_network_is_gone_is_left(fleet: Fleet, figures: Figures) -> None:
    """Nothing tells the services, of which many requests wait for its answer to a commit."""
    cluster = fleet.cluster
    with _under_load(fleet, "unplugged", figures) as loads:
        former = cluster.primary()
        others = [node.host for node in cluster.nodes if node is not former]
        with ExitStack() as stack:
            stack.enter_context(cluster.network.cut_off(former.host, others))
            waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
            eventually(
                lambda: cluster.query(former, waiting)[0] >= WAITING, TIMEOUT, "waiting commits"
            )
            stack.enter_context(cluster.network.unplugged(former.host))
            lost = time.perf_counter()
            _await_writes(loads, lost, LOSS_LIMIT)
            _check_all_settled(loads)
    _note_loss(loads, lost, figures)
    _check_left(fleet.cluster, former)


@pytest.mark.complete
def test_a_node_that_is_killed_with_its_patroni_comes_back_as_a_standby(
    fleet: Fleet, figures: Figures
) -> None:
    cluster = fleet.cluster
    with _under_load(fleet, "node", figures) as loads:
        former = cluster.primary()
        killed = time.perf_counter()
        former.kill()
        _await_writes(loads, killed, LOSS_LIMIT)
        former.start()
        cluster.wait_until_whole()
        _await_writes(loads, time.perf_counter(), TIMEOUT)
    _note_loss(loads, killed, figures)
    assert cluster.primary() is not former
    _check_left(cluster, former)


def test_reads_of_the_replicas_go_on_without_a_primary(fleet: Fleet, figures: Figures) -> None:
    """The services read where HAProxy leads to the standbys, for clients with a position."""
    url = fleet.cluster.balanced_url(REPLICA_PORT)
    fleet.cluster.wait_until_whole()
    with ExitStack() as stack:
        loads: dict[Combination, Load] = {}
        for project in fleet.projects:
            reading = project.with_variables(APP_DATABASE_READ_URL=url)
            service = stack.enter_context(reading.service(waits_for="/health/live"))
            load = Load(service.url, "", CLIENTS, WithHeader, read_only, PAUSE)
            loads[project.combination] = stack.enter_context(load)
        for load in loads.values():
            eventually(partial(_has_answers, load), TIMEOUT, "reads")
        killed = time.perf_counter()
        fleet.cluster.primary().kill_database()
        fleet.cluster.wait_until_whole()
    for where, load in loads.items():
        check_answers(load.answers, where, figures)
        seconds = _longest_pause(load.answers, killed)
        topic = "longest time without a read of a replica, the primary of a Patroni cluster killed"
        figures.note(topic, where, seconds, unit="s", keep="max")
        assert seconds <= READ_LIMIT


@contextmanager
def _under_load(fleet: Fleet, name: str, figures: Figures) -> Iterator[Loads]:
    """Run clients of all services during the test's part, then check every answer."""
    fleet.cluster.wait_until_whole()
    with ExitStack() as stack:
        loads = {
            each: stack.enter_context(
                Load(each.service.url, f"{name}_{each.name}", CLIENTS, pause=PAUSE)
            )
            for each in fleet.services
        }
        _await_writes(loads, time.perf_counter(), TIMEOUT)
        yield loads
    for where, load in loads.items():
        check_answers(load.answers, where.combination, figures)
        assert slowest(load.answers) <= REQUEST_LIMIT
        check_settled(where.service.url)
        with Client(where.service.url) as client:
            lost = acknowledged(load) - client.all_users().keys()
        topic = "acknowledged writes, a Patroni cluster failing over"
        figures.note(topic, where.combination, len(acknowledged(load)))
        figures.note(f"lost of these {topic}", where.combination, len(lost))
        assert not lost


def _await_writes(loads: Loads, since: float, timeout: float) -> None:
    """Wait until the clients of each service have had writes acknowledged that began since."""
    for where, load in loads.items():
        enough = partial(_has_writes, load, since)
        eventually(enough, timeout, f"writes of {where.name}")


def _has_writes(load: Load, since: float) -> bool:
    return len(_writes(load, since)) >= WRITES


def _all_writes(load: Load) -> list[Answer]:
    return [each for each in load.answers if each.wrote]


def _has_answers(load: Load) -> bool:
    return len(load.answers) >= WRITES


def _writes(load: Load, since: float) -> list[Answer]:
    """Return the answers to successful writes that began after a moment."""
    return [each for each in _all_writes(load) if each.served and each.begun > since]


def _first_write(load: Load, since: float) -> float:
    """Return when the first write ended that began after a moment."""
    return min(each.ended for each in _writes(load, since))


def _refused_for(load: Load, since: float) -> float:
    """Return the time from the first refused write after a moment to the end of the last one."""
    refused = [each for each in _all_writes(load) if not each.served and each.ended > since]
    if not refused:
        return 0
    return max(each.ended for each in refused) - min(each.begun for each in refused)


def _longest_pause(answers: list[Answer], since: float) -> float:
    """Return the longest time between two successes, from the last one before a moment on."""
    ends = sorted(each.ended for each in answers if each.served)
    return max(after - before for before, after in pairwise(ends) if after > since)


def _note_loss(loads: Loads, since: float, figures: Figures) -> None:
    for where, load in loads.items():
        seconds = _first_write(load, since) - since
        topic = "first write after the node of a Patroni cluster's primary was lost"
        figures.note(topic, where.combination, seconds, unit="s", keep="max")


def _primary_of(cluster: Cluster, nodes: list[Node]) -> Node | None:
    """Return which of the nodes is the primary, if one is."""
    for node in nodes:
        with suppress(OSError):
            cluster.ask(node, "/primary")
            return node
    return None


def _check_all_settled(loads: Loads) -> None:
    """End the requests, and check that no connection is still in use, as of one that hangs."""
    for load in loads.values():
        load.stop()
    for where in loads:
        check_settled(where.service.url)


def _check_left(cluster: Cluster, former: Node) -> None:
    """Check that no service keeps a connection to a node that is no primary any more."""
    cluster.wait_until_whole()
    count = f"SELECT count(*) FROM pg_stat_activity WHERE usename = '{ROLE}'"
    eventually(lambda: cluster.query(former, count) == [0], TIMEOUT, "no connection is left")
