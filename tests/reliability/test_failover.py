"""The service follows the address of its database from a standby to the primary.

The address is a proxy. As with a DNS name or a virtual IP that moves, open connections
stay with their server, which keeps running. The projects share a pair of servers, and so have
the same schema.
"""

import time

import pytest

from tests.figures import Figures
from tests.installed import Service
from tests.proxy import counting_proxy
from tests.reliability.checks import acknowledged, check_answers, is_ready
from tests.reliability.conftest import Deployment
from tests.reliability.deployments import each_driver_without_sign_in
from tests.reliability.load import Answer, Client, Load, eventually
from tests.reliability.standbys import Pairs

pytestmark = [pytest.mark.thorough, each_driver_without_sign_in]

CLIENTS = 10
REFUSED = 20  # refused writes before the address moves
WRITES = 50  # acknowledged writes after it has moved
TIMEOUT = 30  # seconds for waits without a limit of their own


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
            eventually(lambda: len(refused_writes(load)) >= REFUSED, TIMEOUT, "refused writes")
            assert reads_served(load)
            eventually(lambda: reports_read_only(service), TIMEOUT, "readiness says why not")
            address.target = pair.primary
            moved = time.perf_counter()
            eventually(lambda: acknowledged(load), TIMEOUT, "a write after the move")
            seconds = first_write(load).ended - moved
            eventually(lambda: reports_ready(service), TIMEOUT, "readiness after the move")
            eventually(lambda: len(acknowledged(load)) >= WRITES, TIMEOUT, "writes")
            standby = pair.standby_observer
            eventually(lambda: standby.connections() == 0, TIMEOUT, "no connection to the standby")
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
            eventually(lambda: reports_read_only(service), TIMEOUT, "readiness says why not")
            address.target = pair.primary
            eventually(lambda: reports_ready(service), TIMEOUT, "readiness after the move")


def reports_read_only(service: Service) -> bool:
    """Return whether the service reports that it is not ready, as its database is read-only."""
    with Client(service.url) as client:
        answer = client.get("/health/ready")
    return answer.asks_to_retry and "read-only" in answer.body["detail"]


def reports_ready(service: Service) -> bool:
    """Return whether the service reports that it is ready."""
    with Client(service.url) as client:
        return is_ready(client)


def lost_writes(service: Service, load: Load) -> set[str]:
    """Return the users whose creation was acknowledged, and which are missing."""
    with Client(service.url) as client:
        return acknowledged(load) - client.all_users().keys()


def refused_writes(load: Load) -> list[Answer]:
    """Return the answers to writes that ask to retry."""
    return [each for each in load.answers if each.wrote and each.asks_to_retry]


def reads_served(load: Load) -> list[Answer]:
    """Return the successful answers to reads."""
    return [each for each in load.answers if not each.wrote and each.served]


def first_write(load: Load) -> Answer:
    """Return the answer to the first successful write."""
    return min((each for each in load.answers if each.wrote and each.served), key=_ended)


def _ended(answer: Answer) -> float:
    return answer.ended
