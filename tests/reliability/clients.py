"""Clients of a running service with a persistent connection."""

import json
import time
from http.client import HTTPConnection
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

# What every request to a service has, by the URL of the service.
HEADERS_FOR: dict[str, dict[str, str]] = {}

TIMEOUT = 30  # seconds for a response, which is more than any limit that is tested


class Connected:
    """A client with one connection to a service, which the first request opens."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        assert parts.hostname is not None
        self._connection = HTTPConnection(parts.hostname, parts.port, timeout=TIMEOUT)
        self.headers = {"Content-Type": "application/json", **HEADERS_FOR.get(url, {})}

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
    """A client of a service without faults: each response has to be JSON."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.seconds: list[float] = []  # the duration of each request

    def call(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        """Send a request with a JSON body; return the status and the decoded response."""
        data = None if body is None else json.dumps(body)
        begun = time.perf_counter()
        self._connection.request(method, path, data, self.headers)
        response = self._connection.getresponse()
        content = response.read()
        self.seconds.append(time.perf_counter() - begun)
        return response.status, json.loads(content)
