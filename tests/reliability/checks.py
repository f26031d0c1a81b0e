"""Checks of a service under any fault: its responses, and its reported health."""

import time
from collections.abc import Collection, Iterable
from contextlib import ExitStack
from http import HTTPStatus

from tests.combinations import Combination
from tests.figures import Figures
from tests.reliability.load import Answer, Client, Load, eventually

LIVE_LIMIT = 0.5  # seconds
READY_LIMIT = 1  # seconds
SETTLING_LIMIT = 1  # seconds until no connection is in use, after the last request
PROBE_PAUSE = 0.5  # seconds


def acknowledged(load: Load) -> set[str]:
    """Return the names of the users whose creation was answered with success."""
    return {each.wrote for each in load.answers if each.wrote and each.served}


def check_answers(answers: Collection[Answer], where: Combination, figures: Figures) -> None:
    """Check that each answer is a success or asks to retry, and that no connection is lost."""
    unclear = [each for each in answers if not (each.served or each.asks_to_retry)]
    dropped = [each for each in answers if each.dropped]
    figures.note("answers other than 2xx and 503 under faults", where, len(unclear))
    figures.note("dropped connections under faults", where, len(dropped))
    assert not unclear, unclear[:3]
    assert not dropped, dropped[:3]


def slowest(answers: Collection[Answer]) -> float:
    """Return the duration of the slowest answer, in seconds."""
    return max(each.seconds for each in answers)


def watch_while_away(
    services: Iterable[str], where: Combination, figures: Figures, seconds: float = 0
) -> None:
    """Check for some seconds that services without their database are live and not ready."""
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
    assert ready.asks_to_retry, ready
    assert ready.seconds <= READY_LIMIT, ready
    topic = "slowest readiness answer while the database is away"
    figures.note(topic, where, ready.seconds, unit="s", keep="max")


def is_ready(client: Client) -> bool:
    """Return whether the service reports that it is ready."""
    return client.get("/health/ready").status == HTTPStatus.OK


def is_idle(client: Client) -> bool:
    """Return whether the service is ready, and uses no connection."""
    ready = client.get("/health/ready")
    return ready.status == HTTPStatus.OK and ready.body["pool"]["in_use"] == 0


def check_settled(service: str) -> None:
    """Check that the service soon uses no connection."""
    with Client(service) as client:
        eventually(lambda: is_idle(client), SETTLING_LIMIT, "no connection in use")
