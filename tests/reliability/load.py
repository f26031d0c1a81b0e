"""Clients of a service in trouble: each keeps its connection, and forgets no answer."""

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

POLL = 0.02  # seconds between two looks at a condition
PAUSES = (0.1, 0.9)  # seconds, the least and most until a client that was not served asks again
PAGE_SIZE = 100


@dataclass(frozen=True)
class Answer:
    """What a client was answered, and when; without a status it was left without one."""

    begun: float
    ended: float
    status: int | None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    wrote: str | None = None

    @property
    def seconds(self) -> float:
        """How long it took."""
        return self.ended - self.begun

    @property
    def served(self) -> bool:
        """Say whether the client got what it asked for."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def told_to_come_back(self) -> bool:
        """Say whether it is a 503 in full: the form of problems, and when to try again."""
        return (
            self.status == HTTPStatus.SERVICE_UNAVAILABLE
            and self.headers.get("content-type") == "application/problem+json"
            and self.headers.get("retry-after") == "1"
        )

    @property
    def dropped(self) -> bool:
        """Say whether the client lost its connection, with an answer or without."""
        return self.status is None or self.headers.get("connection") == "close"


class Client(Connected):
    """One client with one connection, which it opens anew only where it was dropped."""

    def connect(self) -> None:
        """Open the connection before it is needed."""
        self._connection.connect()

    def ask(self, method: str, path: str, body: object = None, wrote: str | None = None) -> Answer:
        """Send a request, and give what became of it."""
        begun = time.perf_counter()
        try:
            self._connection.request(
                method,
                path,
                None if body is None else json.dumps(body),
                {"Content-Type": "application/json"},
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
        """Create users, all of them or none, without the cost of a password."""
        users = [{"username": name, "email": f"{name}@example.com"} for name in names]
        return self.ask("POST", "/api/v1/users/bulk", {"users": users}, names[0])

    def write_about(self, user_id: int, bio: str) -> Answer:
        """Change what is said about a user."""
        return self.ask("PATCH", f"/api/v1/users/{user_id}", {"bio": bio})

    def all_users(self) -> dict[str, int]:
        """List all users, by username, with their ids."""
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
    """List some users, and create one."""
    yield client.get("/api/v1/users?page_size=5")
    yield client.import_users(name)


def new_users(client: Client, name: str, number: int) -> list[int]:
    """Create so many users, and give their ids."""
    names = [f"{name}_{each}" for each in range(number)]
    answer = client.import_users(*names)
    assert answer.served, answer
    users = client.all_users()
    return [users[each] for each in names]


class Load:
    """Clients that read and write without end, each the next thing when it was answered.

    Each writes under names that begin with the load's. A client that was not served waits
    a moment before it goes on.
    """

    def __init__(self, service: str, name: str, clients: int = 20) -> None:
        self._service = service
        self._name = name
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
        """Let each client finish what it asked, and ask no more."""
        self._stop.set()
        for each in self._running:
            each.result()

    @property
    def answers(self) -> list[Answer]:
        """All answers until now."""
        return [answer for answers in self._answers for answer in [*answers]]

    def served_since(self, moment: float) -> list[Answer]:
        """Give the answers with success that came after a moment, in their order."""
        served = [each for each in self.answers if each.served and each.ended > moment]
        return sorted(served, key=lambda each: each.ended)

    def all_answered_since(self, moment: float) -> bool:
        """Say whether each client was answered something that it asked after a moment."""
        return all(any(each.begun > moment for each in [*own]) for own in self._answers)

    def _ask(self, number: int) -> None:
        chance = random.Random(number)
        with Client(self._service) as client:
            for turn in count():
                for answer in read_and_write(client, f"{self._name}_{number}_{turn}"):
                    self._answers[number].append(answer)
                    if self._stop.is_set():
                        return
                    if not answer.served:
                        self._stop.wait(chance.uniform(*PAUSES))


def eventually(condition: Callable[[], object], within: float, what: str) -> float:
    """Wait until something is so, and give the seconds that it took; fail when it is late."""
    begun = time.perf_counter()
    while True:
        met = condition()
        seconds = time.perf_counter() - begun
        assert seconds <= within, f"not within {within} s: {what}"
        if met:
            return seconds
        time.sleep(POLL)
