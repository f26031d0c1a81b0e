"""What a running service tells of itself: its log, traces and metrics, and no secret in them."""

import gzip
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.combinations import Combination
from tests.installed import FASTAPI_RUN, Installed, install
from tests.reliability.hostile_inputs import API
from tests.reliability.load import eventually
from tests.reliability.test_security import (
    ALIVE,
    EMAIL,
    ON_SERVERS,
    PASSWORD,
    PLAIN,
    USER,
    secrets_in,
)
from tests.reliability.wire import Answer, Wire
from tests.servers import HOST

# One whose driver quotes values in its messages, and one that runs statements in threads.
[SYNC] = [each for each in ON_SERVERS if each.slug.startswith("sync-postgresql-psycopg-")]
TIMEOUT = 30  # seconds
PROCESSES = 2
POOL_SIZE = 5
AT_ONCE = 8
ON: dict[str, str] = {
    "APP_ENVIRONMENT": "production",
    "APP_ACCESS_LOG": "true",
    "APP_DATABASE_SLOW_QUERY": "0.000001",
    "OTEL_SERVICE_NAME": "watched",
    "OTEL_BSP_SCHEDULE_DELAY": "100",  # milliseconds
}


class Collector(ThreadingHTTPServer):
    """Receives what services export by OTLP."""

    def __init__(self) -> None:
        super().__init__((HOST, 0), _Receiver)
        self.bodies: list[tuple[str, bytes]] = []

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.server_port}"

    def spans(self) -> list[tuple[str, Span]]:
        """Return the spans, each with the id of the process that exported it."""
        found = []
        for path, body in self.bodies.copy():
            if path == "/v1/traces":
                exported = ExportTraceServiceRequest.FromString(body).resource_spans
                for resource in exported:
                    attributes = attributes_of(resource.resource)
                    assert attributes["service.name"] == "watched"
                    process = attributes["service.instance.id"]
                    found += [(process, each) for s in resource.scope_spans for each in s.spans]
        return found

    def metrics(self) -> set[str]:
        """Return the names of the metrics."""
        bodies = [body for path, body in self.bodies if path == "/v1/metrics"]
        return {
            metric.name
            for body in bodies
            for resource in ExportMetricsServiceRequest.FromString(body).resource_metrics
            for scope in resource.scope_metrics
            for metric in scope.metrics
        }


class _Receiver(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        self.server.bodies.append((self.path, body))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector() as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def attributes_of(described: Any) -> dict[str, str]:
    return {each.key: each.value.string_value for each in described.attributes}


@contextmanager
def migrated(project: Installed) -> Iterator[None]:
    with project.database():
        project.run("python -m app.database upgrade")
        yield


@pytest.mark.parametrize("combination", [SYNC], ids=str)
def test_requests_are_logged_as_json_and_traced_without_values(
    combination: Combination, variables: dict[str, str], collector: Collector
) -> None:
    project = install(combination, **variables)
    watched = project.with_variables(**ON, OTEL_EXPORTER_OTLP_ENDPOINT=collector.url)

    with migrated(project), watched.service(FASTAPI_RUN, waits_for=ALIVE) as service:
        wire = Wire(service.url)
        answers = [wire.send_json("POST", f"{API}/users", USER) for _ in range(2)]
        answers.append(wire.get(f"{API}/users?search={EMAIL}"))

    assert [each.status for each in answers] == [201, 409, 200]
    log = service.log.read_text(encoding="utf-8")
    lines = [json.loads(each) for each in log.splitlines() if each.startswith("{")]
    check_lines(lines, answers)
    # fastapi run has its own words, before it starts uvicorn.
    assert "GET /" not in log, "uvicorn has logged a request as well"
    spans = [span for _process, span in collector.spans()]
    check_spans(spans, answers)
    assert {
        "http.server.request.duration",
        "db.client.connection.count",
        "db.client.connection.max",
    } <= collector.metrics()
    everything = log + "".join(body.decode("latin-1") for _path, body in collector.bodies)
    assert secrets_in(everything, (PASSWORD, EMAIL, USER["username"], "$argon2")) == []


def check_lines(lines: list[dict[str, Any]], answers: Iterable[Answer]) -> None:
    """Check that each request has a line, and each line of it the id of the answer."""
    requests = [each for each in lines if each["logger"] == "app.access"]
    assert [each["request_id"] for each in requests] == [request_id_of(each) for each in answers]
    routes = [f"{API}/users"] * 3
    assert [each["route"] for each in requests] == routes
    for each in requests:
        mine = [line for line in lines if line.get("request_id") == each["request_id"]]
        slow = [line for line in mine if line["message"] == "slow statement"]
        assert len(slow) == each["statements"] > 0
        assert 0 < each["database_ms"] < each["duration_ms"]
    last = [line["message"] for line in lines][-1]
    assert "Finished server process" in last, "uvicorn's own lines have the same form"


def check_spans(spans: list[Span], answers: Iterable[Answer]) -> None:
    """Check that the statements of each request are spans of the trace of its id."""
    for answer in answers:
        mine = [each for each in spans if each.trace_id.hex() == request_id_of(answer)]
        names = [each.name for each in mine]
        assert any(name.endswith(f" {API}/users") for name in names), names
        statements = [each for each in mine if "db.query.text" in attributes_of(each)]
        assert statements, names
        ids = {each.span_id for each in mine}
        assert {each.parent_span_id for each in statements} <= ids
        failed = [each for each in statements if each.status.code]
        assert bool(failed) == (answer.status == 409)


def request_id_of(answer: Answer) -> str:
    request_id = answer.headers["x-request-id"]
    if answer.status >= 400:
        assert answer.json()["request_id"] == request_id
    return request_id


@pytest.mark.parametrize("combination", [PLAIN], ids=str)
def test_metrics_are_of_all_processes_whichever_answers(
    combination: Combination, variables: dict[str, str], collector: Collector
) -> None:
    project = install(combination, **variables)
    folder = project.path.parent / "metrics"
    watched = project.with_variables(
        **ON,
        APP_METRICS_FOLDER=str(folder),
        OTEL_EXPORTER_OTLP_ENDPOINT=collector.url,
        APP_DATABASE_POOL_SIZE=str(POOL_SIZE),
        WEB_CONCURRENCY=str(PROCESSES),
    )
    answers: Counter[int] = Counter()

    with migrated(project), ThreadPoolExecutor(AT_ONCE) as threads:
        with watched.service(waits_for=ALIVE) as service:
            wire = Wire(service.url)

            def create(number: int) -> int:
                user = {**USER, "username": f"user{number}", "email": f"{number}@example.com"}
                return wire.send_json("POST", f"{API}/users", user).status

            def both_have_served() -> bool:
                begun = answers.total()
                answers.update(threads.map(create, range(begun, begun + AT_ONCE)))
                return len({process for process, _span in collector.spans()}) == PROCESSES

            eventually(both_have_served, TIMEOUT, "each process has answered")
            told = [wire.get("/metrics").body.decode() for _ in range(2 * PROCESSES)]
        # The next processes begin anew, since all of these have ended.
        with watched.service(waits_for=ALIVE) as service:
            anew = Wire(service.url).get("/metrics").body.decode()

    assert answers.keys() == {201}
    labels = f'{{method="POST",route="{API}/users",status="201"}}'
    count = f"http_server_request_duration_seconds_count{labels} {float(answers.total())}"
    for text in told:
        assert count in text.splitlines()
        assert "db_client_connection_in_use 0.0" in text.splitlines()
        assert f"db_client_connection_max {PROCESSES * POOL_SIZE}.0" in text.splitlines()
    assert labels not in anew
