"""``python -m benchmarks telemetry``: what logs, metrics and traces cost, off and on."""

import io
import tarfile
from argparse import Namespace
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from subprocess import check_output
from tempfile import TemporaryDirectory
from threading import Thread

from benchmarks.databases import Rows, databases
from benchmarks.machine import describe, require, share_cores
from benchmarks.measurements import Measurements, cpu, p99, rate
from benchmarks.operations import BY_NAME
from benchmarks.projects import Project, bake, generate
from benchmarks.report import Row, publish, ratio, sections, table
from benchmarks.services import Application, generated, served
from benchmarks.targets import Target, verdicts
from benchmarks.throughput import WARM_UP, filled, load_in_turn, rounds_of_new_processes
from tests.combinations import TEMPLATE, Combination
from tests.servers import HOST

COMBINATIONS = (
    "async-postgresql-asyncpg-repository",
    "sync-postgresql-psycopg-dao",
)
USER = BY_NAME["user"]
WITHOUT = "48aff8e"  # the last version of the template without any of it
LEAST = 0.97  # of the throughput without any of it, where nothing is asked for


def main(arguments: Namespace) -> None:
    """Measure the selected combinations, and publish the figures."""
    require("wrk", "taskset", "uv")
    share_cores()
    with TemporaryDirectory(prefix="benchmark-") as name, collector() as endpoint:
        folder = Path(name)
        with databases({"postgresql"}, folder) as urls:
            text = measured(urls["postgresql"], folder, endpoint, arguments)
    publish("telemetry", text, {}, keep=arguments.keep)


def measured(url: str, folder: Path, endpoint: str, arguments: Namespace) -> str:
    """Measure all services in turn, and return the report."""
    projects = [bake(each, folder, url) for each in arguments.combinations]
    version = filled(projects, "postgresql", Rows())
    template = template_of(WITHOUT, folder / "without")
    groups = []
    for project in projects:
        before = bake_with(template, project.combination, folder / "before", url)
        groups.append(applications(project, before, folder, endpoint))
    points = Measurements()
    every = [each for group in groups for each in group]
    for stack in rounds_of_new_processes(arguments.rounds):
        services = [stack.enter_context(served(each, folder)) for each in every]
        load_in_turn(services, [USER], WARM_UP, Measurements())
        load_in_turn(services, [USER], arguments.seconds, points)
    head = (
        f"{describe([version])}. {arguments.rounds} rounds of {arguments.seconds} s; medians, "
        f"and medians of each round's ratios."
    )
    return report(head, points, [[each.name for each in group] for group in groups])


def applications(
    project: Project, before: Project, folder: Path, endpoint: str
) -> list[Application]:
    """Return the application of a project as it was, as it is, and with each thing on."""
    service = generated(project)
    logs = {"APP_ACCESS_LOG": "true"}
    metrics = {"APP_METRICS_FOLDER": str(folder / f"{project.combination.slug}-metrics")}
    traces = {"OTEL_EXPORTER_OTLP_ENDPOINT": endpoint}
    sampled = {
        **traces,
        "OTEL_TRACES_SAMPLER": "parentbased_traceidratio",
        "OTEL_TRACES_SAMPLER_ARG": "0.1",
    }
    without = generated(before)
    return [
        replace(without, name=f"{without.name}, without any of it"),
        with_variables(service, "nothing on", {}),
        with_variables(service, "access log", logs),
        with_variables(service, "metrics for Prometheus", metrics),
        with_variables(service, "OTLP, a tenth of the traces", sampled),
        with_variables(service, "OTLP, all traces", traces),
    ]


def with_variables(service: Application, what: str, variables: Mapping[str, str]) -> Application:
    """Return a service with more variables, named for what they turn on."""
    variables = {**service.variables, **variables}
    return replace(service, name=f"{service.name}, {what}", variables=variables)


def template_of(commit: str, folder: Path) -> Path:
    """Unpack the template as it was at a commit, and return its folder."""
    archive = check_output(["git", "archive", commit], cwd=TEMPLATE)
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        files.extractall(folder, filter="data")
    return folder


def bake_with(template: Path, combination: Combination, folder: Path, url: str) -> Project:
    """Generate a project with another version of the template."""
    folder.mkdir(exist_ok=True)
    answers = [f"{name}={value}" for name, value in combination.answers.items()]
    generate(template, folder, answers)
    return Project(combination, folder / combination.slug, url)


@contextmanager
def collector() -> Iterator[str]:
    """Run a server that takes whatever is exported, and yield its URL."""
    server = ThreadingHTTPServer((HOST, 0), _Takes)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://{HOST}:{server.server_port}"
    server.shutdown()


class _Takes(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


def report(head: str, points: Measurements, groups: Sequence[Sequence[str]]) -> str:
    """Return the report of a run: groups of names, of which each begins with the base."""
    titles = ["service", "req/s", "x without", "CPU ms", "x CPU", "p99 ms", "errors"]
    rows = [row(points, name, group[0]) for group in groups for name in group]
    targets = [target_of(base, service) for base, service, *_ in groups]
    return sections(
        head, table(titles, rows), "### Targets of telemetry", verdicts(targets, points)
    )


def target_of(base: str, service: str) -> Target[Measurements]:
    """Return the target of a service that asks for nothing."""
    return Target(
        f"{service}: x without",
        "≥",
        LEAST,
        lambda points: points.ratio(service, base, USER.name),
    )


def row(points: Measurements, name: str, base: str) -> Row:
    """Return the row of a service, beside its base."""
    return [
        name,
        f"{points.median(name, USER.name, rate) or 0:,.0f}",
        ratio(points.ratio(name, base, USER.name)),
        f"{points.median(name, USER.name, cpu) or 0:.3f}",
        ratio(points.ratio(name, base, USER.name, cpu)),
        f"{points.median(name, USER.name, p99) or 0:.1f}",
        str(points.errors(name, USER)),
    ]
