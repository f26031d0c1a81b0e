"""``python -m benchmarks http``: load on each service and floor, one after another."""

import sys
from argparse import Namespace
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import peer
from benchmarks.agreement import check
from benchmarks.databases import Rows, databases, fill
from benchmarks.machine import require, share_cores
from benchmarks.measurements import Measurements
from benchmarks.operations import BY_NAME, Operation
from benchmarks.projects import Project, bake
from benchmarks.report import publish
from benchmarks.services import Application, Service, floor, generated, served
from benchmarks.throughput_report import FASTAPI, RAW, plots, report
from tests.combinations import Combination

COMBINATIONS = (
    "async-postgresql-asyncpg-repository",
    "async-postgresql-asyncpg-dao",
    "sync-postgresql-psycopg-repository",
    "async-sqlite-aiosqlite-repository",
    "sync-sqlite-sqlite3-repository",
    "async-mysql-asyncmy-repository",
    "sync-mysql-pymysql-repository",
)
WARM_UP = 1  # seconds


def main(arguments: Namespace) -> None:
    """Measure the selected combinations, and publish the figures."""
    require("wrk", "taskset", "uv")
    share_cores()
    operations = [BY_NAME[name] for name in arguments.only or BY_NAME]
    with prepared(arguments.combinations) as (applications, versions, folder):
        measured = measure(applications, operations, arguments, folder)
    names = [application.name for application in applications]
    text = report(measured, names, operations, versions, arguments)
    publish("http", text, plots(measured, names, operations), keep=arguments.keep)


@contextmanager
def prepared(
    combinations: Sequence[Combination],
) -> Iterator[tuple[list[Application], list[str], Path]]:
    """Generate the projects and fill their databases; return applications and versions."""
    with TemporaryDirectory(prefix="benchmark-") as name:
        folder = Path(name)
        kinds = {combination.database for combination in combinations}
        with databases(kinds, folder) as urls:
            projects = [bake(each, folder, urls[each.database]) for each in combinations]
            versions = [filled(projects, kind, Rows()) for kind in urls]
            floors = list(floors_for(urls, folder))
            applications = [*floors, *map(generated, projects)]
            yield applications, [*versions, projects[0].versions()], folder


def filled(projects: Iterable[Project], kind: str, rows: Rows) -> str:
    """Migrate and fill the database that the projects of a kind share; return its version."""
    project = next(each for each in projects if each.combination.database == kind)
    project.run("-m", "app.database", "upgrade")
    return fill(project.database_url, rows)


def floors_for(urls: dict[str, str], folder: Path) -> Iterator[Application]:
    """Return the applications to compare with, which share PostgreSQL with the projects."""
    url = urls.get("postgresql")
    if url is None:
        print("No floors: they need PostgreSQL, and no combination has it.", file=sys.stderr)
        return
    yield floor(RAW, "raw_starlette", url)
    yield floor(FASTAPI, "fastapi_asyncpg", url)
    try:
        yield peer.make_peer(folder, url)
    except peer.NoPeer as error:
        print(f"NO PEER, its figures are missing: {error}", file=sys.stderr)


def measure(
    applications: Sequence[Application],
    operations: Sequence[Operation],
    arguments: Namespace,
    folder: Path,
) -> Measurements:
    """Load all services one after another in each round, so that each round compares them."""
    measured = Measurements()
    measure_into(measured, applications, operations, arguments, folder)
    return measured


def measure_into(
    measured: Measurements,
    applications: Sequence[Application],
    operations: Sequence[Operation],
    arguments: Namespace,
    folder: Path,
) -> None:
    """Add the measurements of services to others."""
    with ExitStack() as stack:
        services = [stack.enter_context(served(each, folder)) for each in applications]
        check(services, operations)
        load_in_turn(services, operations, WARM_UP, Measurements())
        for number in range(arguments.rounds):
            load_in_turn(services, operations, arguments.seconds, measured)
            print(f"round {number + 1} of {arguments.rounds}", file=sys.stderr)


def rounds_of_new_processes(number: int) -> Iterator[ExitStack]:
    """Yield a stack for the services of each round, which end with it.

    Processes of the same code differ by some percent, and each round has others.
    """
    for done in range(1, number + 1):
        with ExitStack() as stack:
            yield stack
        print(f"round {done} of {number}", file=sys.stderr)


def load_in_turn(
    services: Sequence[Service],
    operations: Iterable[Operation],
    seconds: int,
    measured: Measurements,
) -> None:
    """Measure one point of each service in each operation."""
    for operation in operations:
        for service in services:
            if request := service.application.request_for(operation):
                window = seconds * operation.windows
                point = service.point(request, operation.connections, window)
                measured.add(service.application.name, operation.name, point)
