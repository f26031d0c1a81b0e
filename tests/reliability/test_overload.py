"""With more requests than connections all are answered, and clients that leave leak nothing."""

import json
import socket
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack, contextmanager
from http import HTTPStatus
from itertools import islice
from urllib.parse import urlsplit

import pytest

from tests.figures import Figures
from tests.reliability.checks import check_answers, check_settled, is_idle, slowest
from tests.reliability.clients import HEADERS_FOR
from tests.reliability.conftest import Deployment
from tests.reliability.deployments import each_driver, writing_connections
from tests.reliability.load import Client, create_users, eventually
from tests.reliability.observer import Observer

pytestmark = [pytest.mark.thorough, each_driver]

CLIENTS = {"async": 60, "sync": 40}
POOL_SIZE = 5
REFUSAL_LIMIT = 3  # seconds until the 503 when all connections are in use
LEAVERS = 20
ROUNDS = 10
# In seconds: less than the shortest timeout of locks, statements and requests, which would
# free a connection that was leaked, and long for a machine that runs other tests, too.
LEAK_LIMIT = 3


def test_clients_beyond_the_pool_are_refused_soon_and_the_others_served(
    deployment: Deployment, figures: Figures
) -> None:
    where, observer = deployment.combination, deployment.observer
    number = CLIENTS[where.concurrency]
    served = writing_connections(where, POOL_SIZE)
    beyond = number - served
    project = deployment.project.with_variables(APP_DATABASE_POOL_SIZE=str(POOL_SIZE))

    with project.service() as service, connected(service.url, number) as clients:
        users = create_users(clients[0], "waiting", number)
        with ThreadPoolExecutor(number) as threads, observer.holding(users):
            asked = [
                threads.submit(client.write_about, user, "waiting")
                for client, user in zip(clients, users, strict=True)
            ]
            refused = [each.result() for each in islice(as_completed(asked), beyond)]
        answers = [each.result() for each in asked]
        check_settled(service.url)
        assert observer.open_transactions() == 0

    assert all(each.asks_to_retry for each in refused), refused[:3]
    statuses = Counter(each.status for each in answers)
    assert statuses == {HTTPStatus.OK: served, HTTPStatus.SERVICE_UNAVAILABLE: beyond}
    check_answers(answers, where, figures)
    longest = slowest(refused)
    figures.note("slowest 503 when the pool is exhausted", where, longest, unit="s", keep="max")
    assert longest <= REFUSAL_LIMIT


def test_clients_that_leave_keep_no_connection(deployment: Deployment, figures: Figures) -> None:
    observer = deployment.observer

    with deployment.project.service() as service, Client(service.url) as client:
        users = create_users(client, "leaving", LEAVERS)
        for _ in range(ROUNDS):
            with observer.holding(users):
                ask_and_leave(service.url, users)
            eventually(
                lambda: nothing_leaked(client, observer), LEAK_LIMIT, "all connections are free"
            )

    topic = f"connections leaked after {ROUNDS * LEAVERS} disconnected requests"
    figures.note(topic, deployment.combination, 0)


@contextmanager
def connected(service: str, number: int) -> Iterator[list[Client]]:
    """Yield a number of clients with open connections."""
    with ExitStack() as stack:
        clients = [stack.enter_context(Client(service)) for _ in range(number)]
        for client in clients:
            client.connect()
        yield clients


def ask_and_leave(service: str, users: Iterable[int]) -> None:
    """Send a part of a request about each user, and close the connection.

    The first client closes after the first bytes, the last ones after the whole request.
    """
    requests = [writing_about(user, HEADERS_FOR.get(service, {})) for user in users]
    with ExitStack() as stack:
        for number, request in enumerate(requests, start=1):
            connection = stack.enter_context(connection_to(service))
            connection.sendall(request[: 2 * len(request) * number // len(requests)])


def connection_to(service: str) -> socket.socket:
    """Return a new connection to a service."""
    address = urlsplit(service)
    return socket.create_connection((address.hostname, address.port))


def writing_about(user: int, headers: Mapping[str, str]) -> bytes:
    """Return the bytes of a request that changes the bio of a user."""
    body = json.dumps({"bio": "leaving"})
    head = [
        f"PATCH /api/v1/users/{user} HTTP/1.1",
        "Host: test",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join([*head, "", body]).encode()


def nothing_leaked(client: Client, observer: Observer) -> bool:
    """Return whether no connection is in use, and none is left in a transaction."""
    return is_idle(client) and observer.open_transactions() == 0
