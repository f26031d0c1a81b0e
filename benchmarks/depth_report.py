"""The report of a run of ``depth``: a table for each kind of growth, curves, and targets."""

from argparse import Namespace
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from matplotlib.figure import Figure

from benchmarks.machine import describe
from benchmarks.plots import curves
from benchmarks.report import Row, ratio, sections, table
from benchmarks.targets import Target, verdicts

PAGES = "depth of a page of 20 orders"
ROWS = "products of a page, with category and tags"
LINES = "lines of an order"
BULK = "rows of a bulk insert"
TABLE = "users that there are, of whom 20 are listed"

Curve = dict[int, float]  # milliseconds


@dataclass
class Results:
    """All measurements, by the name of the project and, for some, the kind of list."""

    deep: int
    curves: dict[str, dict[str, Curve]] = field(
        default_factory=lambda: {PAGES: {}, TABLE: {}, ROWS: {}, LINES: {}, BULK: {}}
    )
    idle: dict[str, float] = field(default_factory=dict)  # MiB
    growth: dict[str, float] = field(default_factory=dict)  # percent
    versions: list[str] = field(default_factory=list)


Measure = Callable[[Results], float | None]


def report(results: Results, arguments: Namespace) -> str:
    """Return the report of a run in Markdown."""
    return sections(
        f"{describe(results.versions)}. One client; medians of {arguments.rounds} rounds.",
        *(_panel(title, panel) for title, panel in results.curves.items()),
        _memory(results, arguments.requests),
        "### Targets of depth\n",
        verdicts(list(targets(results)), results),
    )


def plots(results: Results) -> dict[str, Figure]:
    """Draw all curves."""
    panels = {
        title: {label: list(curve.items()) for label, curve in panel.items()}
        for title, panel in results.curves.items()
    }
    return {"depth": curves(panels, "ms")}


def targets(results: Results) -> Iterator[Target[Results]]:
    """Return the targets of each measured project."""
    for name in results.idle:
        deeper = f"{name}: keyset at depth {results.deep:,} ÷ depth 0"
        yield Target(deeper, "≤", 1.2, _deeper(name))
        larger = f"{name}: default list of {results.deep:,} rows ÷ of 1,000"
        yield Target(larger, "≤", 2, _larger(name))
        yield Target(f"{name}: insert of 10,000 rows ÷ the driver's", "≤", 3, _slower(name))
        yield Target(f"{name}: memory of an idle worker", "≤", 90, _idle(name), "MiB")
        yield Target(f"{name}: growth of memory", "≤", 5, _growth(name), "%")


def _deeper(name: str) -> Measure:
    return lambda results: _times(results.curves[PAGES][f"{name}, keyset"], results.deep, 0)


def _larger(name: str) -> Measure:
    return lambda results: _times(results.curves[TABLE][f"{name}, offset"], results.deep, 1_000)


def _slower(name: str) -> Measure:
    def figure(results: Results) -> float:
        panel = results.curves[BULK]
        return panel[f"{name}, service"][10_000] / panel[f"{name}, driver"][10_000]

    return figure


def _idle(name: str) -> Measure:
    return lambda results: results.idle[name]


def _growth(name: str) -> Measure:
    return lambda results: results.growth.get(name)


def _times(curve: Curve, x: int, base: int) -> float:
    return curve[x] / curve[base]


def _panel(title: str, panel: dict[str, Curve]) -> str:
    xs = list(next(iter(panel.values())))
    titles = ["ms", *(f"{x:,}" for x in xs), f"{xs[-1]:,} ÷ {xs[0]:,}"]
    rows = [
        [label, *(f"{curve[x]:.2f}" for x in xs), ratio(_times(curve, xs[-1], xs[0]))]
        for label, curve in panel.items()
    ]
    return f"### By {title}\n\n{table(titles, rows)}"


def _memory(results: Results, requests: int) -> str:
    rows: list[Row] = [
        [name, f"{mib:.0f}", f"{results.growth[name]:.1f}" if name in results.growth else ""]
        for name, mib in results.idle.items()
    ]
    titles = ["memory of a worker", "idle, MiB", f"growth over {requests:,} requests, %"]
    return f"### Memory\n\n{table(titles, rows)}"
