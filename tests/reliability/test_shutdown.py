"""After SIGTERM under load, requests in progress are answered and the process exits cleanly."""

import signal
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from http import HTTPStatus
from socket import create_connection
from urllib.parse import urlsplit

import pytest

from tests.container import command_of
from tests.figures import Figures
from tests.installed import EXIT_LIMIT, FASTAPI_RUN
from tests.reliability.conftest import Deployment
from tests.reliability.deployments import each_driver, writing_connections
from tests.reliability.load import Answer, Client, Load, create_users, eventually

pytestmark = [pytest.mark.thorough, each_driver]

IN_FLIGHT = 3  # requests that wait for a lock when the signal comes
CLIENTS = 10  # that send requests continuously meanwhile
TIMEOUT = 5  # seconds
CLEAN_EXITS = (0, -signal.SIGTERM)  # uvicorn exits by the signal that it received


@pytest.mark.parametrize("command", ["fastapi", "Dockerfile"])
def test_requests_in_progress_are_answered_after_sigterm(
    deployment: Deployment, figures: Figures, command: str
) -> None:
    observer, where = deployment.observer, deployment.combination
    waiting = writing_connections(where, IN_FLIGHT)
    project = deployment.project
    if waiting < IN_FLIGHT:
        # The other requests wait for the one connection, and must not be refused meanwhile.
        project = project.with_variables(APP_DATABASE_POOL_TIMEOUT=str(TIMEOUT))
    abandoned = observer.abandoned()
    name = f"{command.lower()}_term"

    serving = FASTAPI_RUN if command == "fastapi" else command_of(project.path)

    with project.service(serving) as service, ExitStack() as stack:
        client = stack.enter_context(Client(service.url))
        users = create_users(client, f"{name}_held", IN_FLIGHT)
        threads = stack.enter_context(ThreadPoolExecutor(IN_FLIGHT))
        lock = stack.enter_context(ExitStack())
        lock.enter_context(observer.holding(users))
        held = [threads.submit(write_about, service.url, user) for user in users]
        eventually(lambda: in_use(client) == waiting, TIMEOUT, "requests wait for the lock")
        begun = time.perf_counter()
        load = stack.enter_context(Load(service.url, name, CLIENTS))
        eventually(lambda: load.all_answered_since(begun), TIMEOUT, "load")
        service.process.terminate()
        signalled = time.perf_counter()
        eventually(lambda: refuses(service.url), TIMEOUT, "connections are refused")
        lock.close()
        answers = [each.result() for each in held]
        code = service.process.wait(EXIT_LIMIT)
        seconds = time.perf_counter() - signalled
        load.stop()
        eventually(lambda: not observer.connections(), TIMEOUT, "all connections are closed")

    failed = [each for each in answers if each.status != HTTPStatus.OK]
    failed += failed_in(load, signalled, observer.usernames())
    figures.note("in-flight requests failed at SIGTERM", where, len(failed))
    figures.note("exit after SIGTERM", where, seconds, unit="s", keep="max")
    assert not failed, failed[:3]
    assert code in CLEAN_EXITS
    assert observer.abandoned() == abandoned


def write_about(service: str, user: int) -> Answer:
    """Change the bio of a user, with a new client."""
    with Client(service) as client:
        return client.write_about(user, "in flight")


def in_use(client: Client) -> int:
    """Return the number of connections in use."""
    number: int = client.get("/health/ready").body["pool"]["in_use"]
    return number


def refuses(service: str) -> bool:
    """Return whether a service refuses new connections."""
    address = urlsplit(service)
    try:
        create_connection((address.hostname, address.port)).close()
    except ConnectionRefusedError:
        return True
    return False


def failed_in(load: Load, signalled: float, written: set[str]) -> list[Answer]:
    """Return the requests that the service began and did not answer correctly.

    A request that arrives while the service closes its connections was never begun. Its
    client sees a closed connection after the signal, and nothing is written.
    """
    return [
        each
        for each in load.answers
        if not (each.served or each.asks_to_retry)
        and (each.status is not None or each.ended < signalled or each.wrote in written)
    ]
