"""A flood of wrong logins, beside the load that is measured."""

import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection
from threading import Event
from urllib.parse import urlencode

from benchmarks.load import HIGHEST_ID
from tests.servers import HOST

RATE = 50  # logins per second
CLIENTS = 100  # each sends one, and the next when this time is over
INTERVAL = CLIENTS / RATE  # seconds
TIMEOUT = 30  # seconds
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@contextmanager
def flooded(port: int) -> Iterator[Counter[int]]:
    """Send wrong logins meanwhile; their answers are counted by status.

    Each is of another account, so that no bound of an account spares the work.
    """
    answers: Counter[int] = Counter()
    over = Event()

    def send(number: int) -> None:
        connection = HTTPConnection(HOST, port, timeout=TIMEOUT)
        due = time.monotonic() + number / RATE
        while not over.wait(max(0.0, due - time.monotonic())):
            answers[_log_in_wrongly(connection, number)] += 1
            number = (number + CLIENTS) % HIGHEST_ID
            due += INTERVAL
        connection.close()

    with ThreadPoolExecutor(CLIENTS) as threads:
        sent = [threads.submit(send, number) for number in range(CLIENTS)]
        try:
            yield answers
        finally:
            over.set()
        for each in sent:
            each.result()


def _log_in_wrongly(connection: HTTPConnection, number: int) -> int:
    """Log in with a wrong password, and return the status of the answer."""
    form = urlencode({"username": f"user_{number}", "password": "wrong"})
    connection.request("POST", "/api/v1/auth/token", form, FORM)
    response = connection.getresponse()
    response.read()
    return response.status
