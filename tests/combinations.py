"""All valid combinations of answers, computed from cookiecutter.json."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import combinations as pairs
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest

TEMPLATE = Path(__file__).parent.parent
CONTEXT: dict[str, Any] = json.loads((TEMPLATE / "cookiecutter.json").read_text(encoding="utf-8"))

# The kinds of servers that each database is tested with. servers.py defines them.
SERVERS = {
    "sqlite": ("",),
    "postgresql": ("postgresql", "system-postgresql"),
    "mysql": ("mysql", "mariadb"),
}


@dataclass(frozen=True)
class Combination:
    """The answers that determine the generated code, and the server that it is tested with."""

    concurrency: str
    database: str
    driver: str
    data_access: str
    sample: str
    server: str = ""  # empty: the first of its database
    auth: str = "none"
    admin: bool = False

    def __post_init__(self) -> None:
        if not self.server:
            object.__setattr__(self, "server", SERVERS[self.database][0])

    def __str__(self) -> str:
        parts = {**self.choices, "auth": "" if self.auth == "none" else self.auth}
        parts["admin"] = "admin" if self.admin else ""
        return "-".join(filter(None, parts.values()))

    @property
    def with_server(self) -> str:
        """The id of a test with this combination on its server."""
        return f"{self}-{self.server}" if self.server else str(self)

    @property
    def slug(self) -> str:
        """A project slug that is unique to the combination."""
        return str(self)

    @property
    def choices(self) -> dict[str, Any]:
        """The answers alone, by the names of their prompts."""
        return {name: answer for name, answer in vars(self).items() if name != "server"}

    @property
    def answers(self) -> dict[str, Any]:
        """The answers for cookiecutter that differ from the defaults."""
        return {**self.choices, "project_slug": self.slug}


def all_combinations() -> Iterator[Combination]:
    """Yield every combination of driver, style and sample that the hooks accept.

    The servers of a database alternate, so that each driver, style and sample is tested
    with each of them, and the two samples of a style with different ones.
    """
    for database, facts in CONTEXT["_databases"].items():
        for concurrency, drivers in facts["drivers"].items():
            for driver in drivers:
                for shift, style in enumerate(CONTEXT["data_access"]):
                    servers = alternating(SERVERS[database], shift)
                    for sample in CONTEXT["sample"]:
                        yield Combination(
                            concurrency, database, driver, style, sample, next(servers)
                        )


def alternating(servers: tuple[str, ...], shift: int) -> Iterator[str]:
    """Repeat the servers without end, beginning with the one at index ``shift``."""
    shift %= len(servers)
    return cycle(servers[shift:] + servers[:shift])


def on_each_server(combinations: Iterable[Combination], *databases: str) -> list[Combination]:
    """Return the combinations, those of the named databases once for each server."""
    return [
        replace(each, server=server)
        for each in combinations
        for server in (SERVERS[each.database] if each.database in databases else (each.server,))
    ]


def one_per_driver(combinations: Iterable[Combination]) -> list[Combination]:
    """Return one combination of each driver, with alternating styles, samples and servers.

    A plain ``pytest`` runs tests with many combinations for these at most. Of all forty,
    they cover each pair of a mode or database with a style, sample or server.
    """
    chosen = []
    groups: dict[tuple[str, str], list[Combination]] = {}
    for each in combinations:
        groups.setdefault((each.concurrency, each.driver), []).append(each)
    for number, group in enumerate(groups.values()):
        chosen.append(group[number % len(group)])
    return chosen


def one_per_database(combinations: Iterable[Combination]) -> list[Combination]:
    """Return one combination of each database, of alternating modes and styles."""
    modes = cycle(CONTEXT["concurrency"])
    wanted = {database: next(modes) for database in CONTEXT["_databases"]}
    chosen = one_per_driver(combinations)
    fitting = [each for each in chosen if each.concurrency == wanted[each.database]]
    return [*{each.database: each for each in fitting}.values()]


def in_turn(
    combinations: Iterable[Combination],
    plain: Iterable[Combination] | None = None,
    in_ci: Iterable[Combination] | None = None,
) -> list[Any]:
    """Return the combinations as parameters of a test, marked by the runs that leave them out.

    A plain ``pytest`` takes the plain ones, by default one of each driver; ``.ci/run`` takes
    those in CI, by default all; ``pytest -m ""`` takes every one.
    """
    every = [*combinations]
    taken = [
        (pytest.mark.thorough, {*(one_per_driver(every) if plain is None else plain)}),
        (pytest.mark.complete, {*(every if in_ci is None else in_ci)}),
    ]
    return [
        pytest.param(
            each,
            id=each.with_server,
            marks=[mark for mark, chosen in taken if each not in chosen],
        )
        for each in every
    ]


def pairwise(
    combinations: Iterable[Combination], *names: str, begun: Iterable[Combination] = ()
) -> list[Combination]:
    """Return few combinations that have each pair of answers to the named prompts.

    They are those that have begun, and more: each time the one with most pairs that are still
    missing and, of equals, one with a driver that none has yet.
    """
    left = [*combinations]
    chosen = [*begun]
    missing = {pair for each in left for pair in _pairs_of(each, names)}
    missing -= {pair for each in chosen for pair in _pairs_of(each, names)}
    while missing:
        drivers = {each.driver for each in chosen}
        best = max(
            left,
            key=lambda each: (len(missing & _pairs_of(each, names)), each.driver not in drivers),
        )
        chosen.append(best)
        missing -= _pairs_of(best, names)
    return chosen


def _pairs_of(combination: Combination, names: Iterable[str]) -> set[Any]:
    """Return the pairs of a combination's answers, each answer with its prompt."""
    answers = [(name, combination.choices[name]) for name in names]
    return set(pairs(answers, 2))


COMBINATIONS = list(all_combinations())

_SIGN_IN_ON_ALL = [
    replace(each, auth=auth, admin=admin)
    for auth, admin in (("jwt", True), ("jwt", False), ("oidc", False))
    for each in COMBINATIONS
]

# Where users sign in: each pair of a way to sign in, pages for admins, mode, database, style
# and sample.
SIGN_IN = pairwise(
    _SIGN_IN_ON_ALL, *("auth", "admin", "concurrency", "database", "data_access", "sample")
)
# These, and more for each pair with a driver.
SIGN_IN_BY_DRIVER = pairwise(
    _SIGN_IN_ON_ALL,
    *("auth", "admin", "concurrency", "driver", "data_access", "sample"),
    begun=SIGN_IN,
)
