"""SIGTERM under load: what was begun is answered, then the process ends in good order."""

import re
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from http import HTTPStatus
from socket import create_connection
from urllib.parse import urlsplit

import pytest

from tests.figures import Figures
from tests.installed import EXIT_LIMIT, FASTAPI_RUN, Installed
from tests.reliability.conftest import Deployment
from tests.reliability.deployments import each_driver, writing_connections
from tests.reliability.load import Answer, Client, Load, eventually, new_users

pytestmark = [pytest.mark.thorough, each_driver]

IN_FLIGHT = 3  # requests that wait for a lock when the signal comes
CLIENTS = 10  # that ask on and on beside them
PATIENCE = 5  # seconds
IN_GOOD_ORDER = (0, -signal.SIGTERM)  # uvicorn ends by the signal that it was given


@pytest.mark.parametrize("command", ["fastapi", "Dockerfile"])
def test_what_was_begun_is_answered_after_sigterm(
    deployment: Deployment, figures: Figures, command: str
) -> None:
    observer, where = deployment.observer, deployment.combination
    waiting = writing_connections(where, IN_FLIGHT)
    project = deployment.project
    if waiting < IN_FLIGHT:
        # The others wait for the connection, and are not to be sent away meanwhile.
        project = project.with_variables(APP_DATABASE_POOL_TIMEOUT=str(PATIENCE))
    abandoned = observer.abandoned()
    name = f"{command.lower()}_term"

    with project.service(COMMANDS[command](project)) as service, ExitStack() as stack:
        client = stack.enter_context(Client(service.url))
        users = new_users(client, f"{name}_held", IN_FLIGHT)
        threads = stack.enter_context(ThreadPoolExecutor(IN_FLIGHT))
        lock = stack.enter_context(ExitStack())
        lock.enter_context(observer.holding(users))
        held = [threads.submit(write_about, service.url, user) for user in users]
        eventually(lambda: in_use(client) == waiting, PATIENCE, "requests wait for the lock")
        begun = time.perf_counter()
        load = stack.enter_context(Load(service.url, name, CLIENTS))
        eventually(lambda: load.all_answered_since(begun), PATIENCE, "load")
        service.process.terminate()
        told = time.perf_counter()
        eventually(lambda: refuses(service.url), PATIENCE, "no more connections are taken")
        lock.close()
        answers = [each.result() for each in held]
        code = service.process.wait(EXIT_LIMIT)
        seconds = time.perf_counter() - told
        load.stop()
        eventually(lambda: not observer.connections(), PATIENCE, "all connections are closed")

    failed = [each for each in answers if each.status != HTTPStatus.OK]
    failed += failed_in(load, told, observer.usernames())
    figures.note("in-flight requests failed at SIGTERM", where, len(failed))
    figures.note("exit after SIGTERM", where, seconds, unit="s", keep="max")
    assert not failed, failed[:3]
    assert code in IN_GOOD_ORDER
    assert observer.abandoned() == abandoned


def dockerfile_command(project: Installed) -> str:
    """Give the command that serves the project in its container."""
    dockerfile = (project.path / "Dockerfile").read_text(encoding="utf-8")
    commands: list[str] = re.findall(r'exec (uvicorn [^"]+)"', dockerfile)
    return commands[0]


COMMANDS = {"fastapi": lambda _project: FASTAPI_RUN, "Dockerfile": dockerfile_command}


def write_about(service: str, user: int) -> Answer:
    """Change what is said about a user, as a client of its own."""
    with Client(service) as client:
        return client.write_about(user, "in flight")


def in_use(client: Client) -> int:
    """Give the number of connections at work."""
    number: int = client.get("/health/ready").body["pool"]["in_use"]
    return number


def refuses(service: str) -> bool:
    """Say whether a service takes no new connections."""
    address = urlsplit(service)
    try:
        create_connection((address.hostname, address.port)).close()
    except ConnectionRefusedError:
        return True
    return False


def failed_in(load: Load, told: float, written: set[str]) -> list[Answer]:
    """Give the requests that were begun and not answered as they should.

    One that came while the service closed its connections was never begun: its client
    reads that the connection is closed, after the signal, and nothing is written.
    """
    return [
        each
        for each in load.answers
        if not (each.served or each.told_to_come_back)
        and (each.status is not None or each.ended < told or each.wrote in written)
    ]
