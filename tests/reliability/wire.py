"""HTTP as hostile clients speak it: byte by byte, on a connection of its own."""

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

PATIENCE = 5  # seconds: whoever waits longer has been kept hanging
JSON = MappingProxyType({"Content-Type": "application/json"})
PROBLEM = "application/problem+json"


@dataclass(frozen=True)
class Answer:
    """What a service said, and how long it took."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float

    def json(self) -> Any:
        """Give the body, read as JSON."""
        return json.loads(self.body)

    @property
    def is_problem(self) -> bool:
        """Whether it tells of an error in the one form that we have for errors."""
        if self.headers.get("content-type") != PROBLEM:
            return False
        problem = self.json()
        return problem["status"] == self.status and bool(problem["title"] and problem["detail"])


class Wire:
    """A client of one service, which sends what it is told to."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        assert parts.hostname is not None
        assert parts.port is not None
        self._address = (parts.hostname, parts.port)

    def get(self, path: str) -> Answer:
        """GET a path, which is sent as it is."""
        return self.send("GET", path)

    def send(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] = JSON,
        version: str = "HTTP/1.1",
    ) -> Answer:
        """Send a request with a body of a known length, or with none."""
        length = {} if body is None else {"Content-Length": str(len(body))}
        return self.exchange(head(method, path, {**length, **headers}, version) + (body or b""))

    def send_json(self, method: str, path: str, body: object) -> Answer:
        """Send a request with a body of JSON."""
        return self.send(method, path, json.dumps(body).encode())

    def send_chunks(self, method: str, path: str, body: bytes, size: int = 65_536) -> Answer:
        """Send a request whose body is in chunks, with no word of how long it will be."""
        chunks = [body[start : start + size] for start in range(0, len(body), size)]
        framed = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in [*chunks, b""])
        return self.exchange(head(method, path, {**JSON, "Transfer-Encoding": "chunked"}) + framed)

    def exchange(self, request: bytes) -> Answer:
        """Send these bytes, and give the answer. Raises TimeoutError where there is none."""
        begun = time.perf_counter()
        with socket.create_connection(self._address, timeout=PATIENCE) as connection:
            # Who has heard enough may answer, and listen no more.
            with suppress(ConnectionError):
                connection.sendall(request)
            response = HTTPResponse(connection, method=request.split(b" ", 1)[0].decode("latin-1"))
            response.begin()
            body = response.read()
            headers = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, headers, body, time.perf_counter() - begun)


def head(method: str, path: str, headers: Mapping[str, str], version: str = "HTTP/1.1") -> bytes:
    """Write the head of a request; nothing is quoted or checked."""
    lines = [f"{method} {path} {version}", "Host: service", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")
