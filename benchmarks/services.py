"""Applications, and the services that they are while they run: one worker on one core."""

import json
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import psutil
from mirakuru import TCPExecutor
from port_for import select_random

from benchmarks.load import Load, Request, put_load
from benchmarks.machine import cores, on_core
from benchmarks.operations import Operation
from benchmarks.projects import Project
from tests.combinations import TEMPLATE
from tests.servers import HOST, running

# The servers are alike: one process, no log of requests.
UVICORN = ("-m", "uvicorn", "--no-access-log", "--log-level=warning")
MIB = 2**20
PATIENCE = 60  # seconds, for an answer
POLL = 0.1  # seconds
IDLE = 0.011  # seconds of CPU in POLL: no more than a tick of the system's clock


@dataclass(frozen=True)
class Application:
    """An application that uvicorn can serve."""

    name: str
    python: str
    target: str  # as uvicorn is told it
    folder: Path
    variables: Mapping[str, str]
    # Its own requests for operations; without any, it takes those of a generated service.
    requests: Mapping[str, Request] | None = None

    def request_for(self, operation: Operation) -> Request | None:
        """Give the request for an operation; None if it has no such thing."""
        return operation.request if self.requests is None else self.requests.get(operation.name)


@dataclass(frozen=True)
class Point:
    """What was measured once: the load, and what it cost the service."""

    load: Load
    connections: int
    afterwards: float  # seconds in which the service still worked when the load had ended
    cpu_seconds: float
    rss: float  # MiB

    @property
    def backlog(self) -> float:
        """Seconds of work that the answers did not wait for.

        What was under way when the load ended, a request of each connection, is none.
        """
        under_way = self.connections * self.load.seconds / max(1, self.load.requests)
        return max(0.0, self.afterwards - under_way - POLL)

    @property
    def rate(self) -> float:
        """Requests a second that were answered well and are done with."""
        return (self.load.requests - self.load.refused) / (self.load.seconds + self.backlog)

    @property
    def cpu(self) -> float:
        """Milliseconds of the service's core for a request."""
        return 1000 * self.cpu_seconds / (self.load.requests + self.connections)

    @property
    def busy(self) -> float:
        """How much of its core the service used, from 0 to 1."""
        return self.cpu_seconds / (self.load.seconds + self.afterwards)


@dataclass(frozen=True)
class Service:
    """An application that runs."""

    application: Application
    port: int
    process: psutil.Process

    def point(self, request: Request, connections: int, seconds: int) -> Point:
        """Measure it under load, until it is idle again."""
        before = self.cpu_seconds()
        load = put_load(self.port, request, connections, seconds)
        afterwards = self.finish()
        cpu_seconds = self.cpu_seconds() - before
        return Point(load, connections, afterwards, cpu_seconds, self.rss())

    def finish(self) -> float:
        """Wait until it is idle, and give the seconds that it took to come to that.

        Some answer first and work then, at the cost of who is measured next.
        """
        begun = ended = time.perf_counter()
        before = self.cpu_seconds()
        while True:
            time.sleep(POLL)
            now = self.cpu_seconds()
            if now - before <= IDLE:
                return ended - begun
            before, ended = now, time.perf_counter()

    def cpu_seconds(self) -> float:
        """Give the time that its process has had of its core."""
        times = self.process.cpu_times()
        return float(times.user + times.system)

    def rss(self) -> float:
        """Give the MiB of memory that its process has."""
        return float(self.process.memory_info().rss) / MIB

    @contextmanager
    def client(self) -> Iterator["Client"]:
        """Keep a connection to it."""
        connection = HTTPConnection(HOST, self.port, timeout=PATIENCE)
        try:
            yield Client(self.application.name, connection)
        finally:
            connection.close()


@dataclass(frozen=True)
class Client:
    """A connection to a service; an answer that is no 2xx ends the benchmark."""

    service: str
    connection: HTTPConnection

    def get(self, path: str) -> Any:
        """Give what is there."""
        return self.call("GET", path)

    def call(self, method: str, path: str, body: str = "") -> Any:
        """Give the answer to a request, from JSON."""
        headers = {"Content-Type": "application/json"} if body else {}
        self.connection.request(method, path, body or None, headers)
        response = self.connection.getresponse()
        answer = response.read()
        if not 200 <= response.status < 300:
            sys.exit(f"{self.service}: {method} {path}: {response.status} {answer.decode()}")
        return json.loads(answer)


def generated(project: Project) -> Application:
    """Give the application of a generated project."""
    variables = project.variables
    return Application(project.name, str(project.python), "app.main:app", project.path, variables)


def floor(name: str, module: str, database_url: str) -> Application:
    """Give one of our own applications, which need PostgreSQL."""
    target = f"benchmarks.apps.{module}:app"
    return Application(name, sys.executable, target, TEMPLATE, {"DATABASE_URL": database_url})


@contextmanager
def served(application: Application, folder: Path) -> Iterator[Service]:
    """Serve an application on the first core; its log is in the folder."""
    port = select_random()
    command = [application.python, *UVICORN, f"--port={port}", application.target]
    executor = partial(
        TCPExecutor,
        on_core(cores()[0], command),
        host=HOST,
        port=port,
        cwd=str(application.folder),
        envvars=dict(application.variables),
    )
    with running(executor, folder / f"{application.name}.log") as started:
        assert started.process is not None
        yield Service(application, port, psutil.Process(started.process.pid))
