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
GENERATOR = "the generator"
KEEP: Mapping[str, Callable[[Iterable[float]], float]] = {"sum": sum, "max": max, "min": min}


@dataclass
class Figures:
    """The recorder of one test's figures."""

    _record: Callable[[str, object], None]

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
        column = f"{name_of(where)} {where.concurrency}" if where else GENERATOR
        self._record(PROPERTY, [topic, column, number, unit, keep])


@pytest.fixture
def figures(record_property: Callable[[str, object], None]) -> Figures:
    """The recorder of the test's counts and measurements."""
    return Figures(record_property)


def tables(reports: Iterable[Any]) -> str:
    """Return the figures of passed tests as Markdown, or "" where there are none."""
    noted: dict[str, dict[str, list[float]]] = {}
    forms: dict[str, tuple[str, str]] = {}
    servers: set[str] = set()
    for report in reports:
        for name, value in report.user_properties:
            if name == SERVER:
                servers.add(value)
            if name != PROPERTY:
                continue
            topic, column, number, unit, keep = value
            noted.setdefault(topic, {}).setdefault(column, []).append(number)
            forms[topic] = (unit, keep)
    cells = {
        topic: {column: _shown(numbers, *forms[topic]) for column, numbers in columns.items()}
        for topic, columns in sorted(noted.items())
    }
    generator = {topic: row for topic, row in cells.items() if GENERATOR in row}
    services = {topic: row for topic, row in cells.items() if GENERATOR not in row}
    names = dict.fromkeys(map(name_of, COMBINATIONS))
    columns = [f"{name} {mode}" for name in names for mode in CONTEXT["concurrency"]]
    parts = [
        _table("generated service", columns, services),
        _table("generator", [GENERATOR], generator),
        f"Servers: {', '.join(sorted(servers))}.\n" if servers else "",
    ]
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


def _table(heading: str, columns: list[str], rows: dict[str, dict[str, str]]) -> str:
    if not rows:
        return ""
    titles = [f"| {heading} | {' | '.join(columns)} |", "|---" * (len(columns) + 1) + "|"]
    lines = [
        f"| {topic} | {' | '.join(row.get(column, '') for column in columns)} |"
        for topic, row in rows.items()
    ]
    return "\n".join([*titles, *lines, ""])
