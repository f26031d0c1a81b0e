"""The combinations of the fault tests: each driver once, with alternating styles.

Drivers of MySQL are tested with MariaDB as well, in CI with one of the two; those of
PostgreSQL with one of its two versions.
"""

from collections.abc import Iterable
from dataclasses import replace

import pytest

from tests.combinations import (
    COMBINATIONS,
    Combination,
    in_turn,
    on_each_server,
    one_per_driver,
)

_PLAIN = one_per_driver(each for each in COMBINATIONS if each.sample == "none")
# Each mode, style and kind of server with users who sign in.
_SIGNING_IN = ("psycopg2", "asyncmy")
_ONCE = [replace(each, auth="jwt") if each.driver in _SIGNING_IN else each for each in _PLAIN]
DRIVERS = on_each_server(_ONCE, "mysql")


def _parametrized(
    combinations: Iterable[Combination], in_ci: Iterable[Combination] = (*_ONCE, *_PLAIN)
) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("deployment", in_turn(combinations, [], in_ci), indirect=True)


each_driver = _parametrized(DRIVERS)
each_driver_of_a_server = _parametrized(each for each in DRIVERS if each.server)
each_driver_without_sign_in = _parametrized(
    each for each in on_each_server(_PLAIN, "mysql") if each.server
)
each_driver_of_postgresql = _parametrized(each for each in _PLAIN if each.database == "postgresql")
asyncpg_alone = _parametrized(each for each in _PLAIN if each.driver == "asyncpg")
each_driver_of_a_file = _parametrized(each for each in DRIVERS if not each.server)


def one_driver_of_each_server(*databases: str) -> pytest.MarkDecorator:
    """Parametrize a test with one combination for each kind of server of the databases."""
    every = on_each_server(_PLAIN, *databases)
    chosen = [each for each in every if each.database in databases]
    return _parametrized({each.server: each for each in chosen}.values(), chosen)


def each_mode(turn: int, *databases: str) -> pytest.MarkDecorator:
    """Parametrize a test of commands with each driver, one of each mode and database in CI.

    Where a database has two drivers for a mode, the turn says which. Without databases, it
    is all of them.
    """
    chosen = [each for each in DRIVERS if not databases or each.database in databases]
    by_mode: dict[tuple[str, str], list[Combination]] = {}
    for each in _ONCE:
        by_mode.setdefault((each.concurrency, each.database), []).append(each)
    return _parametrized(chosen, [drivers[turn % len(drivers)] for drivers in by_mode.values()])


def each_driver_once(*in_ci: str, of: str = "") -> pytest.MarkDecorator:
    """Parametrize a test with each driver on one server; mark all but the named as complete.

    ``of`` is the database whose drivers are taken, instead of those of all.
    """
    chosen = [each for each in _PLAIN if of in ("", each.database)]
    return _parametrized(chosen, (each for each in chosen if each.driver in in_ci))


def writing_connections(combination: Combination, pool_size: int) -> int:
    """Return the maximal number of connections with which a service writes."""
    alone = (combination.database, combination.concurrency) == ("sqlite", "sync")
    return 1 if alone else pool_size
