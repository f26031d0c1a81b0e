"""What the reliability tests have counted and measured, gathered into the README's tables.

A test notes a figure through the fixture ``figures``; figures of the same topic and
column, from whichever tests and workers, become one: their sum, greatest or least. A run
shows the tables at its end. ``RENEW_FIGURES=1 pytest -m ""`` writes them into the README,
between the markers that are there for them.
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
    """Notes the figures of one test."""

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
        """Note a number about a generated service, or about the generator (None).

        ``keep`` says what becomes of several: "sum", "max" or "min". The topic is the
        row of the table, in words that its reader understands; the same topic always
        has the same unit and keep.
        """
        column = f"{name_of(where)} {where.concurrency}" if where else GENERATOR
        self._record(PROPERTY, [topic, column, number, unit, keep])


@pytest.fixture
def figures(record_property: Callable[[str, object], None]) -> Figures:
    """Where a test notes what it has counted and measured."""
    return Figures(record_property)


def tables(reports: Iterable[Any]) -> str:
    """Give the figures of passed tests as Markdown; empty where there are none."""
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
    """Return the name of the database, as its makers call it, that a combination is tested with."""
    return KINDS[combination.server].label if combination.server else "SQLite"


def renew_readme(text: str) -> None:
    """Put the tables where the README has a place for them."""
    readme = README.read_text(encoding="utf-8")
    renewed, places = PLACE.subn(lambda _: f"\n{text}\n", readme)
    if places != 1:
        raise ValueError("README.md has no place for the figures: see PLACE in tests/figures.py.")
    README.write_text(renewed, encoding="utf-8")


def show(terminalreporter: Any) -> None:
    """Show the tables at the end of a run, and renew the README where that is asked for."""
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
