"""``python -m benchmarks depth``: how costs grow with depth, rows and lines; memory."""

import json
import sys
import time
from argparse import Namespace
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, ExitStack
from dataclasses import replace
from itertools import cycle
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from urllib.parse import quote

from benchmarks.databases import Rows, databases
from benchmarks.depth_report import BULK, LINES, PAGES, ROWS, TABLE, Results, plots, report
from benchmarks.machine import require, share_cores
from benchmarks.operations import API, BY_NAME, CONNECTIONS, order
from benchmarks.projects import Project, bake
from benchmarks.report import publish
from benchmarks.services import Client, Service, generated, served
from benchmarks.throughput import filled

COMBINATIONS = (
    "async-postgresql-asyncpg-repository",
    "async-mysql-asyncmy-repository",
    "async-sqlite-aiosqlite-repository",
)
BULK_SCRIPT = Path(__file__).parent / "inside" / "bulk.py"

PAGE_SIZE = 20
LARGEST_PAGE = 100
LIST_ROWS = (1, 20, 100)
ORDER_LINES = (1, 10, 100)
SMALL_TABLES = (1_000, 10_000)  # rows; the default total is exact up to the second
BULK_ROWS = (10, 1_000, 10_000)
# The ways to ask for a page by its number.
COUNTS = {
    "offset": "",
    "offset with exact total": "&count=exact",
    "offset without total": "&count=none",
}
GROWING = ("user", "products", "order")  # the load under which memory may grow
WINDOW = 5  # seconds of load on each of them in turn

Case = Callable[[], object]


def main(arguments: Namespace) -> None:
    """Measure the combinations that are asked for, and publish the figures."""
    require("wrk", "taskset", "uv")
    share_cores()
    results = Results(arguments.deep)
    kinds = {combination.database for combination in arguments.combinations}
    with TemporaryDirectory(prefix="benchmark-") as name:
        folder = Path(name)
        with databases(kinds, folder) as urls:
            for combination in arguments.combinations:
                project = bake(combination, folder, urls[combination.database])
                measure_project(project, arguments, folder, results)
    publish("depth", report(results, arguments), plots(results), keep=arguments.keep)


def measure_project(project: Project, arguments: Namespace, folder: Path, results: Results) -> None:
    """Fill the database of a project and measure everything on it."""
    rows = Rows(products=100_000, orders=arguments.deep + LARGEST_PAGE)
    results.versions.append(filled([project], project.combination.database, rows))
    with served(generated(project), folder) as service:
        with service.client() as client:
            client.get("/health/ready")
            results.idle[project.name] = service.rss()
            measure_requests(client, arguments, results)
        if not results.growth:
            results.growth[project.name] = growth(service, arguments.requests)
    measure_bulk(project, arguments.rounds, results)
    measure_tables(project, arguments, folder, results)
    print(f"{project.name}: done", file=sys.stderr)


def measure_requests(client: Client, arguments: Namespace, results: Results) -> None:
    """Time pages at each depth, lists of each length, and orders of each size."""
    name = client.service
    for way, cases in page_cases(client, arguments.deep).items():
        results.curves[PAGES][f"{name}, {way}"] = timed(cases, arguments.rounds)
    lists = {
        rows: get_case(client, f"{API}/products?after=&page_size={rows}") for rows in LIST_ROWS
    }
    results.curves[ROWS][name] = timed(lists, arguments.rounds)
    orders = {lines: order_case(client, lines) for lines in ORDER_LINES}
    results.curves[LINES][name] = timed(orders, arguments.rounds)


def page_cases(client: Client, deep: int) -> dict[str, dict[int, Case]]:
    """Return the ways to ask for a page of orders, each at each depth."""
    path = f"{API}/orders"
    depths = (0, 1_000, deep)
    cases: dict[str, dict[int, Case]] = {
        way: {
            depth: get_case(client, f"{path}?page={depth // PAGE_SIZE + 1}{more}")
            for depth in depths
        }
        for way, more in COUNTS.items()
    }
    cursors = walk(client, path, depths)
    cases["keyset"] = {
        depth: get_case(client, f"{path}?after={cursor}") for depth, cursor in cursors.items()
    }
    return cases


def walk(client: Client, path: str, depths: tuple[int, ...]) -> dict[int, str]:
    """Walk down a list, page by page, and return the cursors at the depths."""
    cursors, cursor = {0: ""}, ""
    for depth in range(LARGEST_PAGE, max(depths) + 1, LARGEST_PAGE):
        found = client.get(f"{path}?page_size={LARGEST_PAGE}&after={cursor}")
        cursor = quote(found["next"])
        if depth in depths:
            cursors[depth] = cursor
    return cursors


def get_case(client: Client, path: str) -> Case:
    """Make a case of a path."""
    return lambda: client.get(path)


def order_case(client: Client, lines: int) -> Case:
    """Make a case of an order."""
    method, path, body = order(lines).first()
    return lambda: client.call(method, path, body)


def timed(cases: Mapping[int, Case], rounds: int) -> dict[int, float]:
    """Run the cases in turn, round after round; return the medians of their milliseconds."""
    times: dict[int, list[float]] = {x: [] for x in cases}
    for number in range(rounds + 1):
        for x, case in cases.items():
            begun = time.perf_counter()
            case()
            if number:  # the first round warms up
                times[x].append(1000 * (time.perf_counter() - begun))
    return {x: median(each) for x, each in times.items()}


def growth(service: Service, requests: int) -> float:
    """Return by how many percent the memory of a warm service grows over requests."""
    operations = [BY_NAME[name] for name in GROWING]
    for operation in operations:
        service.point(operation.request, CONNECTIONS, WINDOW)
    before, answered = service.rss(), 0
    for operation in cycle(operations):
        if answered >= requests:
            break
        answered += service.point(operation.request, CONNECTIONS, WINDOW).load.requests
    return 100 * (service.rss() / before - 1)


def measure_tables(project: Project, arguments: Namespace, folder: Path, results: Results) -> None:
    """Time the first page of users, with each kind of total, in tables of several sizes."""
    sizes = (*SMALL_TABLES, arguments.deep)
    with ExitStack() as stack:
        clients = {
            size: stack.enter_context(service.client())
            for size in sizes
            for service in [stack.enter_context(service_with_users(project, size, folder))]
        }
        for way, more in COUNTS.items():
            cases = {
                size: get_case(client, f"{API}/users?page=1{more}")
                for size, client in clients.items()
            }
            results.curves[TABLE][f"{project.name}, {way}"] = timed(cases, arguments.rounds)


def service_with_users(
    project: Project, size: int, folder: Path
) -> AbstractContextManager[Service]:
    """Serve a project with a database of its own, which has so many users."""
    server, _, name = project.database_url.rpartition("/")
    sized = replace(project, database_url=f"{server}/users_{size}_{name}")
    filled([sized], project.combination.database, Rows(users=size, products=1))
    return served(replace(generated(sized), name=f"{project.name} {size}"), folder)


def measure_bulk(project: Project, rounds: int, results: Results) -> None:
    """Time the import of many rows, by the service and by the driver."""
    numbers = map(str, (rounds, *BULK_ROWS))
    found = json.loads(project.run(BULK_SCRIPT, *numbers))
    for way in ("service", "driver"):
        results.curves[BULK][f"{project.name}, {way}"] = {
            int(number): 1000 * seconds[way] for number, seconds in found.items()
        }
