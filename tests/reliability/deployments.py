"""The combinations of the fault tests: each driver once, with alternating styles.

Drivers of MySQL are tested with MariaDB as well, those of PostgreSQL with one of its two
versions.
"""

from collections.abc import Iterable

import pytest

from tests.combinations import COMBINATIONS, Combination, on_each_server, one_per_driver


def _parametrized(combinations: Iterable[Combination]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(
        "deployment", [*combinations], ids=lambda each: each.with_server, indirect=True
    )


def _with_one_of_each_kind(combinations: Iterable[Combination]) -> pytest.MarkDecorator:
    """Return the combinations, those with psycopg for the complete run alone."""
    parameters = [
        pytest.param(
            each,
            id=each.with_server,
            marks=pytest.mark.complete if each.driver == "psycopg" else (),
        )
        for each in combinations
    ]
    return pytest.mark.parametrize("deployment", parameters, indirect=True)


_WITHOUT_SAMPLE = [each for each in COMBINATIONS if each.sample == "none"]
DRIVERS = on_each_server(one_per_driver(_WITHOUT_SAMPLE), "mysql")

each_driver = _parametrized(DRIVERS)
each_driver_of_a_server = _parametrized(each for each in DRIVERS if each.server)
_POSTGRESQL = [each for each in DRIVERS if each.database == "postgresql"]
each_driver_of_postgresql = _parametrized(_POSTGRESQL)
asyncpg_and_psycopg2 = _with_one_of_each_kind(_POSTGRESQL)
each_driver_of_a_file = _parametrized(each for each in DRIVERS if not each.server)


def writing_connections(combination: Combination, pool_size: int) -> int:
    """Return the maximal number of connections with which a service writes."""
    alone = (combination.database, combination.concurrency) == ("sqlite", "sync")
    return 1 if alone else pool_size
