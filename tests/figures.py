"""Counts and measurements of the reliability tests, as tables for the README.

A test records a figure through the fixture ``figures``. Figures of the same topic and
column, from all tests and workers, are combined into their sum, maximum or minimum. A run
prints the tables at its end. ``RENEW_FIGURES=1 pytest -m ""`` writes them into the README,
between its markers.
"""

import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from tests.combinations import COMBINATIONS, CONTEXT, TEMPLATE, Combination
from tests.servers import KINDS

README = TEMPLATE / "README.md"
PLACE = re.compile(r"(?<=<!-- figures -->\n).*?(?=<!-- end of figures -->)", re.DOTALL)

PROPERTY = "figure"
SERVER = "server"  # with its version
FOR_TABLES = (PROPERTY, SERVER)
# The tables; the first cell of each says what its rows are about.
SERVICE = "generated service"
SCALING = "behind poolers, with replicas, in clusters"
GENERATOR = "generator"
NO_SERVICE = "figure"  # the column of the generator's table
KEEP: Mapping[str, Callable[[Iterable[float]], float]] = {"sum": sum, "max": max, "min": min}


@dataclass
class Figures:
    """The recorder of one test's figures."""

    _record: Callable[[str, object], None]
    _table: str = SERVICE

    def note(
        self,
        topic: str,
        where: Combination | None,
        number: float,
        *,
        unit: str = "",
        keep: str = "sum",
    ) -> None:
        """Record a number about a generated service, or about the generator (None).

        ``keep`` combines several numbers: "sum", "max" or "min". The topic is the label
        of the table's row, for its reader. A topic always has the same unit and keep.
        """
        table = self._table if where else GENERATOR
        column = f"{name_of(where)} {where.concurrency}" if where else NO_SERVICE
        self._record(PROPERTY, [table, topic, column, number, unit, keep])


@pytest.fixture
def figures(
    record_property: Callable[[str, object], None], request: pytest.FixtureRequest
) -> Figures:
    """The recorder of the test's counts and measurements."""
    is_scaling = request.node.get_closest_marker("scaling") is not None
    return Figures(record_property, SCALING if is_scaling else SERVICE)


def tables(reports: Iterable[Any]) -> str:
    """Return the figures of passed tests as tables in Markdown, or "" if there are none."""
    noted: dict[str, dict[str, dict[str, list[float]]]] = {}
    forms: dict[str, tuple[str, str]] = {}
    servers: set[str] = set()
    for report in reports:
        for name, value in report.user_properties:
            if name == SERVER:
                servers.add(value)
            if name != PROPERTY:
                continue
            table, topic, column, number, unit, keep = value
            rows = noted.setdefault(table, {})
            rows.setdefault(topic, {}).setdefault(column, []).append(number)
            forms[topic] = (unit, keep)
    names = dict.fromkeys(map(name_of, COMBINATIONS))
    columns = [f"{name} {mode}" for name in names for mode in CONTEXT["concurrency"]]
    parts = [_table(table, columns, noted, forms) for table in (SERVICE, SCALING)]
    parts.append(_table(GENERATOR, [NO_SERVICE], noted, forms))
    if servers:
        parts.append(f"Servers: {', '.join(sorted(servers))}.\n")
    return "\n".join(part for part in parts if part)


def name_of(combination: Combination) -> str:
    """Return the product name of the database that a combination is tested with."""
    return KINDS[combination.server].label if combination.server else "SQLite"


def renew_readme(text: str) -> None:
    """Write the tables between the markers of the README."""
    readme = README.read_text(encoding="utf-8")
    renewed, places = PLACE.subn(lambda _: f"\n{text}\n", readme)
    if places != 1:
        raise ValueError(
            "README.md lacks the markers of the figures: see PLACE in tests/figures.py."
        )
    README.write_text(renewed, encoding="utf-8")


def show(terminalreporter: Any) -> None:
    """Print the tables at the end of a run, and renew the README if RENEW_FIGURES is set."""
    text = tables(terminalreporter.getreports("passed"))
    if not text:
        return
    terminalreporter.write_line(f"\n{text}")
    if os.environ.get("RENEW_FIGURES"):
        renew_readme(text)


def _shown(numbers: Iterable[float], unit: str, keep: str) -> str:
    number = KEEP[keep](numbers)
    text = f"{number:,.2f}" if isinstance(number, float) else f"{number:,}"
    return f"{text} {unit}".strip()


def _table(
    name: str,
    columns: Iterable[str],
    noted: Mapping[str, Mapping[str, Mapping[str, Iterable[float]]]],
    forms: Mapping[str, tuple[str, str]],
) -> str:
    """Return a table in Markdown, with those of the columns that it has numbers for."""
    rows = noted.get(name, {})
    used = [column for column in columns if any(column in row for row in rows.values())]
    if not used:
        return ""
    lines = [f"| {name} | {' | '.join(used)} |", "|---" * (len(used) + 1) + "|"]
    for topic, row in sorted(rows.items()):
        cells = (_shown(row[each], *forms[topic]) if each in row else "" for each in used)
        lines.append(f"| {topic} | {' | '.join(cells)} |")
    return "\n".join([*lines, ""])
