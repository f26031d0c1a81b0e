"""What holds of a service in any trouble: how it answers, and what it says of its health."""

import time
from collections.abc import Collection, Iterable
from contextlib import ExitStack
from http import HTTPStatus

from tests.combinations import Combination
from tests.figures import Figures
from tests.reliability.load import Answer, Client, Load, eventually

LIVE_LIMIT = 0.5  # seconds
READY_LIMIT = 1  # seconds
SETTLING_LIMIT = 1  # seconds until no connection is in use, once nobody asks
PROBE_PAUSE = 0.5  # seconds


def acknowledged(load: Load) -> set[str]:
    """Give the names of the users that clients were told were created."""
    return {each.wrote for each in load.answers if each.wrote and each.served}


def check_answers(answers: Collection[Answer], where: Combination, figures: Figures) -> None:
    """Expect that all were served or told to come back, and lost no connection."""
    unclear = [each for each in answers if not (each.served or each.told_to_come_back)]
    dropped = [each for each in answers if each.dropped]
    figures.note("answers other than 2xx and 503 under faults", where, len(unclear))
    figures.note("dropped connections under faults", where, len(dropped))
    assert not unclear, unclear[:3]
    assert not dropped, dropped[:3]


def slowest(answers: Collection[Answer]) -> float:
    """Give the seconds of the answer that took longest."""
    return max(each.seconds for each in answers)


def watch_while_away(
    services: Iterable[str], where: Combination, figures: Figures, seconds: float = 0
) -> None:
    """Expect that services whose database is away live and are not ready, for some time."""
    ends = time.perf_counter() + seconds
    with ExitStack() as stack:
        clients = [stack.enter_context(Client(service)) for service in services]
        while True:
            for client in clients:
                _check_away(client, where, figures)
            if time.perf_counter() >= ends:
                return
            time.sleep(PROBE_PAUSE)


def _check_away(client: Client, where: Combination, figures: Figures) -> None:
    live, ready = client.get("/health/live"), client.get("/health/ready")
    assert live.status == HTTPStatus.OK, live
    assert live.seconds <= LIVE_LIMIT, live
    assert ready.told_to_come_back, ready
    assert ready.seconds <= READY_LIMIT, ready
    topic = "slowest readiness answer while the database is away"
    figures.note(topic, where, ready.seconds, unit="s", keep="max")


def is_ready(client: Client) -> bool:
    """Say whether the service says that it is ready."""
    return client.get("/health/ready").status == HTTPStatus.OK


def is_idle(client: Client) -> bool:
    """Say whether the service is ready, and has no connection at work."""
    ready = client.get("/health/ready")
    return ready.status == HTTPStatus.OK and ready.body["pool"]["in_use"] == 0


def check_settled(service: str) -> None:
    """Expect that soon no connection is at work any more."""
    with Client(service) as client:
        eventually(lambda: is_idle(client), SETTLING_LIMIT, "no connection in use")
