"""Clients of a running service that keep their connection."""

import json
import time
from http.client import HTTPConnection
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

PATIENCE = 30  # seconds, for an answer: more than any limit that is tested


class Connected:
    """One connection to a service, opened by the first request."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        assert parts.hostname is not None
        self._connection = HTTPConnection(parts.hostname, parts.port, timeout=PATIENCE)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._connection.close()


class Client(Connected):
    """A client of a service that works: whatever is no answer in JSON is an error."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.seconds: list[float] = []  # that each request took

    def call(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        """Send a request, its body as JSON; give the status and the answer read from JSON."""
        data = None if body is None else json.dumps(body)
        begun = time.perf_counter()
        self._connection.request(method, path, data, {"Content-Type": "application/json"})
        response = self._connection.getresponse()
        content = response.read()
        self.seconds.append(time.perf_counter() - begun)
        return response.status, json.loads(content)
