"""HTTP of hostile clients: arbitrary bytes, with a connection for each request."""

import json
import socket
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPResponse
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

TIMEOUT = 5  # seconds for a response, after which a request counts as hanging
JSON = MappingProxyType({"Content-Type": "application/json"})
PROBLEM = "application/problem+json"


@dataclass(frozen=True)
class Answer:
    """A response of a service, with its duration in seconds."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float

    def json(self) -> Any:
        """Return the body decoded from JSON."""
        return json.loads(self.body)

    @property
    def is_problem(self) -> bool:
        """Whether this is an error in the form of problem documents, which all errors have."""
        if self.headers.get("content-type") != PROBLEM:
            return False
        problem = self.json()
        return problem["status"] == self.status and bool(problem["title"] and problem["detail"])


class Wire:
    """A client of one service, which sends requests without validating them.

    Takes an access token where there is one.
    """

    def __init__(self, url: str, token: str = "") -> None:
        self._caller = {"Authorization": f"Bearer {token}"} if token else {}
        parts = urlsplit(url)
        assert parts.hostname is not None
        assert parts.port is not None
        self._address = (parts.hostname, parts.port)

    def get(self, path: str) -> Answer:
        """Send a GET request for a path, which is sent unchanged."""
        return self.send("GET", path)

    def send(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] = JSON,
        version: str = "HTTP/1.1",
    ) -> Answer:
        """Send a request with a Content-Length, or without a body."""
        length = {} if body is None else {"Content-Length": str(len(body))}
        every = {**length, **self._caller, **headers}
        return self.exchange(head(method, path, every, version) + (body or b""))

    def send_json(self, method: str, path: str, body: object) -> Answer:
        """Send a request with a JSON body."""
        return self.send(method, path, json.dumps(body).encode())

    def send_chunks(self, method: str, path: str, body: bytes, size: int = 65_536) -> Answer:
        """Send a request whose body is chunked, without a Content-Length."""
        chunks = [body[start : start + size] for start in range(0, len(body), size)]
        framed = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in [*chunks, b""])
        return self.exchange(head(method, path, {**JSON, "Transfer-Encoding": "chunked"}) + framed)

    def exchange(self, request: bytes) -> Answer:
        """Send these bytes, and return the answer. Raise TimeoutError where there is none."""
        begun = time.perf_counter()
        with socket.create_connection(self._address, timeout=TIMEOUT) as connection:
            # A server may respond early and close the connection before it has read all.
            with suppress(ConnectionError):
                connection.sendall(request)
            response = HTTPResponse(connection, method=request.split(b" ", 1)[0].decode("latin-1"))
            response.begin()
            body = response.read()
            headers = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, headers, body, time.perf_counter() - begun)


def head(method: str, path: str, headers: Mapping[str, str], version: str = "HTTP/1.1") -> bytes:
    """Return the head of a request, without quoting or validation."""
    lines = [f"{method} {path} {version}", "Host: service", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")
