"""Clients of a service under faults, with a persistent connection and recorded answers."""

import json
import random
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPException
from itertools import count
from threading import Event
from types import TracebackType
from typing import Any, Self

from tests.reliability.clients import Connected

POLL = 0.02  # seconds between two checks of a condition
PAUSES = (0.1, 0.9)  # the minimum and maximum pause in seconds after an unsuccessful request
PAGE_SIZE = 100


@dataclass(frozen=True)
class Answer:
    """A response to a client with its times; the status is None if there was no response."""

    begun: float
    ended: float
    status: int | None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    wrote: str | None = None

    @property
    def seconds(self) -> float:
        """The duration of the request."""
        return self.ended - self.begun

    @property
    def served(self) -> bool:
        """Whether the request succeeded."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def asks_to_retry(self) -> bool:
        """Whether this is a complete 503, a problem document with Retry-After."""
        return (
            self.status == HTTPStatus.SERVICE_UNAVAILABLE
            and self.headers.get("content-type") == "application/problem+json"
            and self.headers.get("retry-after") == "1"
        )

    @property
    def dropped(self) -> bool:
        """Whether the client lost its connection, with or without a response."""
        return self.status is None or self.headers.get("connection") == "close"


class Client(Connected):
    """A client with one connection, which is reopened only after it was dropped."""

    def connect(self) -> None:
        """Open the connection ahead of the first request."""
        self._connection.connect()

    def ask(self, method: str, path: str, body: object = None, wrote: str | None = None) -> Answer:
        """Send a request, and return its outcome."""
        begun = time.perf_counter()
        try:
            self._connection.request(
                method,
                path,
                None if body is None else json.dumps(body),
                self.headers,
            )
            response = self._connection.getresponse()
            text = response.read()
        except (HTTPException, OSError) as error:
            self._connection.close()
            return Answer(begun, time.perf_counter(), None, body=repr(error), wrote=wrote)
        headers = {name.lower(): value for name, value in response.getheaders()}
        ended = time.perf_counter()
        return Answer(begun, ended, response.status, headers, _content(text), wrote)

    def get(self, path: str) -> Answer:
        """GET a path."""
        return self.ask("GET", path)

    def import_users(self, *names: str) -> Answer:
        """Create all users or none of them, without the cost of hashing passwords."""
        users = [{"username": name, "email": f"{name}@example.com"} for name in names]
        return self.ask("POST", "/api/v1/users/bulk", {"users": users}, names[0])

    def write_about(self, user_id: int, bio: str) -> Answer:
        """Change the bio of a user."""
        return self.ask("PATCH", f"/api/v1/users/{user_id}", {"bio": bio})

    def all_users(self) -> dict[str, int]:
        """Return the ids of all users by username."""
        users: dict[str, int] = {}
        after: str | None = ""
        while after is not None:
            answer = self.get(f"/api/v1/users?page_size={PAGE_SIZE}&after={after}")
            assert answer.served, answer
            users |= {user["username"]: user["id"] for user in answer.body["items"]}
            after = answer.body["next"]
        return users


def _content(text: bytes) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text.decode(errors="replace")


def read_and_write(client: Client, name: str) -> Iterable[Answer]:
    """List some users, create one, and yield both answers."""
    yield client.get("/api/v1/users?page_size=5")
    yield client.import_users(name)


def create_users(client: Client, name: str, number: int) -> list[int]:
    """Create a number of users, and return their ids."""
    names = [f"{name}_{each}" for each in range(number)]
    answer = client.import_users(*names)
    assert answer.served, answer
    users = client.all_users()
    return [users[each] for each in names]


def read_only(client: Client, name: str) -> Iterable[Answer]:
    """List some users, and yield the answer."""
    yield client.get("/api/v1/users?page_size=5")


class Load:
    """Clients that read and write until they are stopped, each one request at a time.

    The users that they create have names with the load's prefix. A client pauses for some
    seconds after a successful request, if so told, and longer after an unsuccessful one.
    Other clients and requests may take the place of these.
    """

    def __init__(
        self,
        service: str,
        name: str,
        clients: int = 20,
        client: type[Client] = Client,
        requests: Callable[[Any, str], Iterable[Answer]] = read_and_write,
        pause: float = 0,
    ) -> None:
        self._service = service
        self._name = name
        self._client = client
        self._requests = requests
        self._pause = pause
        self._stop = Event()
        self._answers: list[list[Answer]] = [[] for _ in range(clients)]
        self._pool = ThreadPoolExecutor(clients)

    def __enter__(self) -> Self:
        self._running = [self._pool.submit(self._ask, each) for each in range(len(self._answers))]
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Let each client finish its request, and send no other."""
        self._stop.set()
        for each in self._running:
            each.result()

    @property
    def answers(self) -> list[Answer]:
        """All answers so far."""
        return [answer for answers in self._answers for answer in [*answers]]

    def served_since(self, moment: float) -> list[Answer]:
        """Return the successful answers that ended after a moment, in their order."""
        served = [each for each in self.answers if each.served and each.ended > moment]
        return sorted(served, key=lambda each: each.ended)

    def all_answered_since(self, moment: float) -> bool:
        """Return whether each client has an answer to a request that began after a moment."""
        return all(any(each.begun > moment for each in [*own]) for own in self._answers)

    def _ask(self, number: int) -> None:
        chance = random.Random(number)
        with self._client(self._service) as client:
            for turn in count():
                for answer in self._requests(client, f"{self._name}_{number}_{turn}"):
                    self._answers[number].append(answer)
                    if self._stop.is_set():
                        return
                    if not answer.served:
                        self._stop.wait(chance.uniform(*PAUSES))
                    elif self._pause:
                        self._stop.wait(self._pause)


def eventually(condition: Callable[[], object], timeout: float, description: str) -> float:
    """Wait until a condition is met, and return the seconds it took. Fail after the timeout."""
    begun = time.perf_counter()
    while True:
        met = condition()
        seconds = time.perf_counter() - begun
        assert seconds <= timeout, f"not within {timeout} s: {description}"
        if met:
            return seconds
        time.sleep(POLL)
