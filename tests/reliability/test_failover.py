"""The address of a database moves from a standby to the primary: the service follows it.

The address is a proxy. As with a name or a virtual IP that moves, connections that are
open stay with the server that they were opened to, which lives on.
"""

import time

import pytest

from tests.figures import Figures
from tests.installed import Service
from tests.proxy import counting_proxy
from tests.reliability.checks import acknowledged, check_answers, is_ready
from tests.reliability.conftest import Deployment
from tests.reliability.deployments import each_driver_of_a_server
from tests.reliability.load import Answer, Client, Load, eventually
from tests.reliability.standbys import Pairs

pytestmark = [pytest.mark.thorough, each_driver_of_a_server]

CLIENTS = 10
REFUSED = 20  # writes, before the address moves
WRITES = 50  # acknowledged, after
PATIENCE = 30  # seconds, for what has no limit of its own


def test_writes_succeed_once_the_address_has_moved_to_the_primary(
    deployment: Deployment, pairs: Pairs, figures: Figures
) -> None:
    where = deployment.combination
    assert deployment.server is not None
    pair = pairs.of(deployment.project, deployment.server)

    with counting_proxy(pair.standby) as address:
        project = deployment.project.with_variables(APP_DATABASE_URL=pair.url_at(address.port))
        with (
            project.service(waits_for="/health/live") as service,
            Load(service.url, f"moved_{where.driver}", CLIENTS) as load,
        ):
            eventually(lambda: len(refused_writes(load)) >= REFUSED, PATIENCE, "refused writes")
            assert reads_served(load)
            eventually(lambda: says_read_only(service), PATIENCE, "readiness says why not")
            address.target = pair.primary
            moved = time.perf_counter()
            eventually(lambda: acknowledged(load), PATIENCE, "a write after the move")
            seconds = first_write(load).ended - moved
            eventually(lambda: says_ready(service), PATIENCE, "readiness after the move")
            eventually(lambda: len(acknowledged(load)) >= WRITES, PATIENCE, "writes")
            standby = pair.standby_observer
            eventually(lambda: standby.connections() == 0, PATIENCE, "nobody at the standby")
            load.stop()
            lost = lost_writes(service, load)

    check_answers(load.answers, where, figures)
    assert not lost
    topic = "first write after the address moved from a standby to the primary"
    figures.note(topic, where, seconds, unit="s", keep="max")


def test_readiness_leaves_the_standby_though_nobody_writes(
    deployment: Deployment, pairs: Pairs
) -> None:
    assert deployment.server is not None
    pair = pairs.of(deployment.project, deployment.server)

    with counting_proxy(pair.standby) as address:
        project = deployment.project.with_variables(APP_DATABASE_URL=pair.url_at(address.port))
        with project.service(waits_for="/health/live") as service:
            eventually(lambda: says_read_only(service), PATIENCE, "readiness says why not")
            address.target = pair.primary
            eventually(lambda: says_ready(service), PATIENCE, "readiness after the move")


def says_read_only(service: Service) -> bool:
    """Say whether the service says that it is not ready, since its database is read-only."""
    with Client(service.url) as client:
        answer = client.get("/health/ready")
    return answer.told_to_come_back and "read-only" in answer.body["detail"]


def says_ready(service: Service) -> bool:
    """Say whether the service says that it is ready."""
    with Client(service.url) as client:
        return is_ready(client)


def lost_writes(service: Service, load: Load) -> set[str]:
    """Give the users that a client was told were created, and that are not there."""
    with Client(service.url) as client:
        return acknowledged(load) - client.all_users().keys()


def refused_writes(load: Load) -> list[Answer]:
    """Give the answers to writes that were told to come back."""
    return [each for each in load.answers if each.wrote and each.told_to_come_back]


def reads_served(load: Load) -> list[Answer]:
    """Give the answers to reads with success."""
    return [each for each in load.answers if not each.wrote and each.served]


def first_write(load: Load) -> Answer:
    """Give the answer to the first write with success."""
    return min((each for each in load.answers if each.wrote and each.served), key=_ended)


def _ended(answer: Answer) -> float:
    return answer.ended
