"""Applications and their running services, each with one worker on one core."""

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

# All services have the same server: one process, without a log of requests.
UVICORN = ("-m", "uvicorn", "--no-access-log", "--log-level=warning")
MIB = 2**20
PATIENCE = 60  # timeout of a response in seconds
POLL = 0.1  # seconds
IDLE = 0.011  # seconds of CPU in POLL: no more than a tick of the system's clock


@dataclass(frozen=True)
class Application:
    """An application that uvicorn can serve."""

    name: str
    python: str
    target: str  # the argument of uvicorn
    folder: Path
    variables: Mapping[str, str]
    # Its own requests for operations, or None for those of a generated service.
    requests: Mapping[str, Request] | None = None

    def request_for(self, operation: Operation) -> Request | None:
        """Return the request for an operation, or None if the application lacks it."""
        return operation.request if self.requests is None else self.requests.get(operation.name)


@dataclass(frozen=True)
class Point:
    """One measurement: the load, and its cost to the service."""

    load: Load
    connections: int
    afterwards: float  # seconds of work after the end of the load
    cpu_seconds: float
    rss: float  # MiB

    @property
    def backlog(self) -> float:
        """The seconds of work that the answers did not wait for.

        Requests in progress at the end of the load, one per connection, do not count.
        """
        under_way = self.connections * self.load.seconds / max(1, self.load.requests)
        return max(0.0, self.afterwards - under_way - POLL)

    @property
    def rate(self) -> float:
        """The successful and completed requests per second."""
        return (self.load.requests - self.load.refused) / (self.load.seconds + self.backlog)

    @property
    def cpu(self) -> float:
        """The milliseconds of the service's core per request."""
        return 1000 * self.cpu_seconds / (self.load.requests + self.connections)

    @property
    def busy(self) -> float:
        """The share of its core that the service used, from 0 to 1."""
        return self.cpu_seconds / (self.load.seconds + self.afterwards)


@dataclass(frozen=True)
class Service:
    """A running application."""

    application: Application
    port: int
    process: psutil.Process

    def point(self, request: Request, connections: int, seconds: int) -> Point:
        """Measure the service under load, until it is idle again."""
        before = self.cpu_seconds()
        load = put_load(self.port, request, connections, seconds)
        afterwards = self.finish()
        cpu_seconds = self.cpu_seconds() - before
        return Point(load, connections, afterwards, cpu_seconds, self.rss())

    def finish(self) -> float:
        """Wait until the service is idle, and return the seconds that this took.

        Some applications work after the answer, at the expense of the next measurement.
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
        """Return the CPU time of its process in seconds."""
        times = self.process.cpu_times()
        return float(times.user + times.system)

    def rss(self) -> float:
        """Return the resident memory of its process in MiB."""
        return float(self.process.memory_info().rss) / MIB

    @contextmanager
    def client(self) -> Iterator["Client"]:
        """Open a connection to the service, and close it at the end."""
        connection = HTTPConnection(HOST, self.port, timeout=PATIENCE)
        try:
            yield Client(self.application.name, connection)
        finally:
            connection.close()


@dataclass(frozen=True)
class Client:
    """A connection to a service; an answer other than 2xx ends the benchmark."""

    service: str
    connection: HTTPConnection

    def get(self, path: str) -> Any:
        """Return the decoded JSON at a path."""
        return self.call("GET", path)

    def call(self, method: str, path: str, body: str = "") -> Any:
        """Return the decoded JSON of the answer to a request."""
        headers = {"Content-Type": "application/json"} if body else {}
        self.connection.request(method, path, body or None, headers)
        response = self.connection.getresponse()
        answer = response.read()
        if not 200 <= response.status < 300:
            sys.exit(f"{self.service}: {method} {path}: {response.status} {answer.decode()}")
        return json.loads(answer)


def generated(project: Project) -> Application:
    """Return the application of a generated project."""
    # The project's .env turns the log on, for development.
    variables = {**project.variables, "APP_ACCESS_LOG": "false"}
    return Application(project.name, str(project.python), "app.main:app", project.path, variables)


def floor(name: str, module: str, database_url: str) -> Application:
    """Return one of the benchmarks' own applications, which need PostgreSQL."""
    target = f"benchmarks.apps.{module}:app"
    return Application(name, sys.executable, target, TEMPLATE, {"DATABASE_URL": database_url})


@contextmanager
def served(application: Application, folder: Path) -> Iterator[Service]:
    """Serve an application on the first core, with its log in the folder."""
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
