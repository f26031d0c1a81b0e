"""Load on a service by wrk, which runs on its own core."""

import json
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.machine import cores, on_core, output_of

SCRIPT = Path(__file__).with_name("request.lua")
TIMEOUT = 10  # seconds, after which a missing answer is an error
HIGHEST_ID = 10_000


@dataclass(frozen=True)
class Request:
    """A request; ``{id}`` and ``{n}`` in its path and body differ between requests.

    ``{run}`` differs between runs. The token is an access token.
    """

    method: str
    path: str
    body: str = ""
    token: str = ""

    def arguments(self) -> list[str]:
        """Return the arguments of request.lua for one run."""
        body = self.body.replace("{run}", secrets.token_hex(4))
        return [self.method, self.path, str(HIGHEST_ID), body, self.token]

    def first(self) -> tuple[str, str, str]:
        """Return method, path and body of a request with the lowest ids."""
        method, path, _, body, _ = self.arguments()
        return method, _numbered(path), _numbered(body)


@dataclass(frozen=True)
class Load:
    """wrk's results: milliseconds, answers other than 2xx, and requests without an answer."""

    requests: int
    seconds: float
    p50: float
    p99: float
    refused: int
    broken: int


def put_load(port: int, request: Request, connections: int, seconds: int) -> Load:
    """Load a service with as many requests as a number of connections can send."""
    command = ["wrk", "--threads=1", f"--connections={connections}", f"--duration={seconds}s"]
    command += [f"--timeout={TIMEOUT}s", f"--script={SCRIPT}", f"http://127.0.0.1:{port}"]
    return parse(output_of(*on_core(cores()[-1], command), "--", *request.arguments()))


def parse(output: str) -> Load:
    """Parse the line of JSON in the output of wrk. Raise ValueError if there is none."""
    for line in output.splitlines():
        if line.startswith("{"):
            return _load_of(json.loads(line))
    raise ValueError(f"wrk printed no figures:\n{output}")


def _load_of(figures: dict[str, Any]) -> Load:
    return Load(
        requests=figures["requests"],
        seconds=figures["microseconds"] / 1e6,
        p50=figures["p50"] / 1e3,
        p99=figures["p99"] / 1e3,
        refused=figures["refused"],
        broken=figures["broken"],
    )


def _numbered(text: str) -> str:
    number = 0
    while "{id}" in text:
        number += 1
        text = text.replace("{id}", str(number), 1)
    return text.replace("{n}", "0")
