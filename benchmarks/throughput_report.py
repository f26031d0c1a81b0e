"""The report of a run of ``http``: tables, bars, and the targets."""

from argparse import Namespace
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from matplotlib.figure import Figure

from benchmarks import peer
from benchmarks.machine import describe
from benchmarks.measurements import Measurements, Read, cpu, p50, p99, rate, spread
from benchmarks.operations import BY_NAME, CONNECTIONS, Operation
from benchmarks.plots import bars
from benchmarks.report import Row, ratio, sections, table
from benchmarks.services import Point
from benchmarks.targets import Target, verdicts

RAW = "raw Starlette + asyncpg (floor)"
FASTAPI = "FastAPI + asyncpg (floor)"
BASES = (RAW, FASTAPI, peer.NAME)

TITLES = (
    "application",
    "req/s",
    "x raw",
    "x FastAPI",
    "x peer",
    "p50 ms",
    "p99 ms",
    "CPU ms",
    "CPU x raw",
    "core busy",
    "RSS MiB",
    "503",
    "errors",
)

ASYNC = "async postgresql asyncpg repository"
DAO = "async postgresql asyncpg dao"
SYNC = "sync postgresql psycopg repository"
ASYNC_SQLITE = "async sqlite aiosqlite repository"
SYNC_SQLITE = "sync sqlite sqlite3 repository"

Measure = Callable[[Measurements], float | None]


def _times(application: str, base: str, operation: str) -> Measure:
    return lambda measured: measured.ratio(application, base, operation)


def _spread(application: str, operation: str) -> Measure:
    return lambda measured: measured.median(application, operation, spread)


def _errors(application: str, operation: str) -> Measure:
    def figure(measured: Measurements) -> float | None:
        if not measured.has(application, operation):
            return None
        return measured.errors(application, BY_NAME[operation])

    return figure


AtLeast = partial(Target[Measurements], sense="≥")
AtMost = partial(Target[Measurements], sense="≤")

READS = {"user": 0.26, "users": 0.33, "products": 0.33}
FLOORS = {ASYNC: {**READS, "category": 0.20}, DAO: {**READS, "category": 0.28}}
TARGETS = (
    *(
        AtLeast(f"{style}, {name}: x raw Starlette", limit=limit, figure=_times(style, RAW, name))
        for style, floors in FLOORS.items()
        for name, limit in floors.items()
    ),
    *(
        AtLeast(f"{SYNC}, {name}: x async", limit=1, figure=_times(SYNC, ASYNC, name))
        for name in ("user", "users", "products", "category", "order")
    ),
    *(
        AtLeast(f"{style}, {name}: x peer", limit=2, figure=_times(style, peer.NAME, name))
        for style in (ASYNC, SYNC)
        for name in peer.REQUESTS
    ),
    *(
        AtMost(f"{style}, {name}: p99 ÷ p50", limit=5, figure=_spread(style, name))
        for style in (ASYNC, SYNC)
        for name in BY_NAME
    ),
    *(
        AtLeast(f"{sqlite}, {name}: x PostgreSQL", limit=1, figure=_times(sqlite, server, name))
        for sqlite, server in ((ASYNC_SQLITE, ASYNC), (SYNC_SQLITE, SYNC))
        for name in ("user", "users", "products", "products-page")
    ),
    *(
        AtMost(f"{sqlite}, {name}: errors", limit=0, figure=_errors(sqlite, name))
        for sqlite in (ASYNC_SQLITE, SYNC_SQLITE)
        for name in ("category", "order")
    ),
)


def report(
    measured: Measurements,
    names: Sequence[str],
    operations: Sequence[Operation],
    versions: Sequence[str],
    arguments: Namespace,
) -> str:
    """Return the report of a run in Markdown."""
    rounds = f"{arguments.rounds} rounds of {arguments.seconds} s"
    return sections(
        f"{describe(versions)}. {rounds}; medians, and medians of each round's ratios.",
        *(_operation(measured, names, each) for each in operations),
        "### Targets\n",
        verdicts(TARGETS, measured),
    )


def plots(
    measured: Measurements, names: Sequence[str], operations: Sequence[Operation]
) -> dict[str, Figure]:
    """Draw throughput and latency."""
    return {
        "throughput": bars(_grouped(measured, names, operations, rate), "requests/s", log=False),
        "latency": bars(_grouped(measured, names, operations, p99), "p99, ms", log=True),
    }


def _operation(measured: Measurements, names: Sequence[str], operation: Operation) -> str:
    rows = [_row(measured, name, operation) for name in names if measured.has(name, operation.name)]
    clients = "" if operation.may_refuse else f", {CONNECTIONS} clients"
    heading = f"### {operation.title}{clients} (`{operation.name}`)\n"
    return f"{heading}\n{table(TITLES, rows)}"


def _row(measured: Measurements, name: str, operation: Operation) -> Row:
    def show(read: Read, form: str) -> str:
        return format(measured.median(name, operation.name, read) or 0, form)

    compared = [ratio(measured.ratio(name, base, operation.name)) for base in BASES]
    errors = measured.errors(name, operation)
    return [
        name,
        show(rate, ",.0f"),
        *compared,
        show(p50, ".1f"),
        show(p99, ".1f"),
        show(cpu, ".2f"),
        ratio(measured.ratio(name, RAW, operation.name, cpu)),
        show(_busy, ".0%"),
        show(_rss, ".0f"),
        str(measured.refused(name, operation.name) if operation.may_refuse else ""),
        f"**void: {errors}**" if errors else "0",
    ]


def _busy(point: Point) -> float:
    return point.busy


def _rss(point: Point) -> float:
    return point.rss


def _grouped(
    measured: Measurements, names: Sequence[str], operations: Sequence[Operation], read: Read
) -> Mapping[str, Mapping[str, float]]:
    return {
        operation.title: {
            name: figure
            for name in names
            if (figure := measured.median(name, operation.name, read)) is not None
        }
        for operation in operations
    }
