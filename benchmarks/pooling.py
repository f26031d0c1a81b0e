"""``python -m benchmarks pooler``: each driver directly and behind PgBouncer, side by side."""

import sys
from argparse import Namespace
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import make_url

from benchmarks.databases import Rows, databases
from benchmarks.machine import describe, require, share_cores
from benchmarks.measurements import Measurements, cpu, rate
from benchmarks.operations import BY_NAME
from benchmarks.projects import Project, bake
from benchmarks.report import publish, ratio, sections, table
from benchmarks.services import Application, generated
from benchmarks.targets import Target, verdicts
from benchmarks.throughput import filled, measure_into
from tests.reliability.poolers import POOL_SIZE, Pooler, pgbouncer

COMBINATIONS = (
    "async-postgresql-asyncpg-repository",
    "async-postgresql-psycopg-repository",
    "sync-postgresql-psycopg-repository",
    "sync-postgresql-psycopg2-repository",
)
OPERATIONS = [BY_NAME[name] for name in ("user", "users", "products", "category", "order")]
KEPT = "?prepared_statement_cache_size=100"
LIMIT = 0.9  # of the throughput without a pooler

# A service, and the same without a pooler.
Pair = tuple[str, str]


def main(arguments: Namespace) -> None:
    """Measure the selected combinations, and publish the figures."""
    require("wrk", "taskset", "uv")
    share_cores()
    measured = Measurements()
    pairs: list[Pair] = []
    versions: list[str] = []
    with TemporaryDirectory(prefix="benchmark-") as name, ExitStack() as stack:
        folder = Path(name)
        urls = stack.enter_context(databases({"postgresql"}, folder))
        port = make_url(urls["postgresql"]).port
        assert port is not None
        pooler = stack.enter_context(pgbouncer("newest", port))
        projects = [bake(each, folder, urls["postgresql"]) for each in arguments.combinations]
        versions += [filled(projects, "postgresql", Rows()), f"PgBouncer {pooler.version}"]
        for project in projects:
            direct, *pooled = applications(project, pooler)
            pairs += [(each.name, direct.name) for each in pooled]
            print(direct.name, file=sys.stderr)
            measure_into(measured, [direct, *pooled], OPERATIONS, arguments, folder)
    publish("pooler", report(measured, pairs, versions, arguments), {}, keep=arguments.keep)


def applications(project: Project, pooler: Pooler) -> Iterator[Application]:
    """Yield the service without a pooler, and behind one, with as many connections in use."""
    service = generated(project)
    size = {"APP_DATABASE_POOL_SIZE": str(POOL_SIZE)}
    yield replace(service, variables={**service.variables, **size})
    through = make_url(project.database_url).set(port=pooler.port).render_as_string(False)
    ways = {"through PgBouncer": through}
    if project.combination.driver == "asyncpg":
        ways["through PgBouncer, statements kept"] = through + KEPT
    for way, url in ways.items():
        pooled = {"APP_DATABASE_POOLER": "transaction", "APP_DATABASE_URL": url}
        variables = {**service.variables, **size, **pooled}
        yield replace(service, name=f"{service.name} {way}", variables=variables)


def report(
    measured: Measurements, pairs: list[Pair], versions: list[str], arguments: Namespace
) -> str:
    """Return the report of a run."""
    head = (
        f"{describe(versions)}. {arguments.rounds} rounds of {arguments.seconds} s; medians, "
        f"and medians of each round's ratios. Each uses {POOL_SIZE} connections of the server."
    )
    parts = []
    for operation in OPERATIONS:
        rows = []
        for pooled, direct in pairs:
            both = [measured.median(each, operation.name, rate) for each in (direct, pooled)]
            speeds = ["-" if each is None else f"{each:,.0f}" for each in both]
            errors = sum(measured.errors(each, operation) for each in (direct, pooled))
            ratios = [
                ratio(measured.ratio(pooled, direct, operation.name, of)) for of in (rate, cpu)
            ]
            rows.append([pooled, *speeds, *ratios, str(errors)])
        titles = ["service", "direct req/s", "pooled req/s", "x direct", "CPU x direct", "errors"]
        parts += [f"### {operation.title}", table(titles, rows)]
    targets = [target(pair, operation.name) for pair in pairs for operation in OPERATIONS]
    return sections(head, *parts, "### Targets", verdicts(targets, measured))


def target(pair: Pair, operation: str) -> Target[Measurements]:
    """Return the target of a service in an operation."""
    pooled, direct = pair
    return Target(
        f"{pooled}, {operation}: x direct",
        "≥",
        LIMIT,
        lambda measured: measured.ratio(pooled, direct, operation),
    )
