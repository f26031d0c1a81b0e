"""Counts and measurements of the reliability tests, as tables for ``docs/faults.md``.

A test records a figure through the fixture ``figures``. Figures of the same topic and
column, from all tests and workers, are combined into their sum, maximum or minimum. A run
prints the tables at its end. ``RENEW_FIGURES=1 pytest -m ""`` writes them into the page,
and an excerpt into the README, between their markers.
"""

import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from tests.combinations import COMBINATIONS, CONTEXT, TEMPLATE, Combination
from tests.servers import KINDS

PAGE = TEMPLATE / "docs" / "faults.md"
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
# What the README shows of the services: topics of the first table.
EXCERPT = (
    "acknowledged writes lost",
    "answers other than 2xx and 503 under faults",
    "connections leaked after 200 disconnected requests",
    "failing commits answered with success",
    "slowest answer while frozen or blackholed",
)
# The type of pytest's fixture record_property.
RecordProperty: TypeAlias = Callable[[str, object], None]
KEEP: Mapping[str, Callable[[Iterable[float]], float]] = {"sum": sum, "max": max, "min": min}


@dataclass
class Figures:
    """The recorder of one test's figures."""

    _record: RecordProperty
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
        """Note a number about a generated service, or about the generator (None).

        ``keep`` combines several numbers: "sum", "max" or "min". The topic is the label
        of the table's row, for its reader. A topic always has the same unit and keep.
        """
        table = self._table if where else GENERATOR
        column = f"{name_of(where)} {where.concurrency}" if where else NO_SERVICE
        self._record(PROPERTY, [table, topic, column, number, unit, keep])


@pytest.fixture
def figures(record_property: RecordProperty, request: pytest.FixtureRequest) -> Figures:
    """The recorder of the test's counts and measurements."""
    is_scaling = request.node.get_closest_marker("scaling") is not None
    return Figures(record_property, SCALING if is_scaling else SERVICE)


@dataclass
class Noted:
    """All figures of a run: by table, topic and column; and the servers that it had."""

    numbers: dict[str, dict[str, dict[str, list[float]]]]
    forms: dict[str, tuple[str, str]]
    servers: set[str]

    @classmethod
    def by(cls, reports: Iterable[Any]) -> "Noted":
        """Collect the figures of passed tests."""
        noted = cls({}, {}, set())
        for report in reports:
            for name, value in report.user_properties:
                if name == SERVER:
                    noted.servers.add(value)
                if name != PROPERTY:
                    continue
                table, topic, column, number, unit, keep = value
                rows = noted.numbers.setdefault(table, {})
                rows.setdefault(topic, {}).setdefault(column, []).append(number)
                noted.forms[topic] = (unit, keep)
        return noted

    def tables(self) -> str:
        """Return all figures as tables in Markdown, or "" if there are none."""
        parts = [self.table(table, self.numbers.get(table, {})) for table in (SERVICE, SCALING)]
        parts.append(self.table(GENERATOR, self.numbers.get(GENERATOR, {}), [NO_SERVICE]))
        if self.servers:
            parts.append(f"Servers: {', '.join(sorted(self.servers))}.\n")
        return "\n".join(part for part in parts if part)

    def excerpt(self) -> str:
        """Return the topics of EXCERPT as a table in Markdown, or "" if there are none."""
        rows = self.numbers.get(SERVICE, {})
        return self.table(SERVICE, {topic: rows[topic] for topic in EXCERPT if topic in rows})

    def table(
        self,
        name: str,
        rows: Mapping[str, Mapping[str, Iterable[float]]],
        columns: Iterable[str] | None = None,
    ) -> str:
        """Return a table in Markdown, with those of the columns that it has numbers for."""
        used = [
            each for each in columns or databases() if any(each in row for row in rows.values())
        ]
        if not used:
            return ""
        cells = [
            [
                topic,
                *(_shown(row[each], *self.forms[topic]) if each in row else "" for each in used),
            ]
            for topic, row in sorted(rows.items())
        ]
        return in_markdown([name, *used], cells)


def in_markdown(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table in Markdown."""
    rule = "|---" * len(titles) + "|"
    first, *others = (f"| {' | '.join(row)} |" for row in (titles, *rows))
    return "\n".join([first, rule, *others, ""])


def databases() -> list[str]:
    """Return the columns of services: each database in each mode."""
    names = dict.fromkeys(map(name_of, COMBINATIONS))
    return [f"{name} {mode}" for name in names for mode in CONTEXT["concurrency"]]


def name_of(combination: Combination) -> str:
    """Return the product name of the database that a combination is tested with."""
    return KINDS[combination.server].label if combination.server else "SQLite"


def renew(page: Path, text: str) -> None:
    """Write tables between the markers of a page."""
    renewed, places = PLACE.subn(lambda _: f"\n{text}\n", page.read_text(encoding="utf-8"))
    if places != 1:
        raise ValueError(
            f"{page.name} lacks the markers of the figures: see PLACE in tests/figures.py."
        )
    page.write_text(renewed, encoding="utf-8")


def show(terminalreporter: Any) -> None:
    """Print the tables at the end of a run, and renew the pages if RENEW_FIGURES is set."""
    noted = Noted.by(terminalreporter.getreports("passed"))
    text = noted.tables()
    if not text:
        return
    terminalreporter.write_line(f"\n{text}")
    if os.environ.get("RENEW_FIGURES"):
        renew(PAGE, text)
        renew(README, noted.excerpt())


def _shown(numbers: Iterable[float], unit: str, keep: str) -> str:
    number = KEEP[keep](numbers)
    text = f"{number:,.2f}" if isinstance(number, float) else f"{number:,}"
    return f"{text} {unit}".strip()
