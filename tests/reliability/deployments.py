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


_WITHOUT_SAMPLE = [each for each in COMBINATIONS if each.sample == "none"]
DRIVERS = on_each_server(one_per_driver(_WITHOUT_SAMPLE), "mysql")

each_driver = _parametrized(DRIVERS)
each_driver_of_a_server = _parametrized(each for each in DRIVERS if each.server)
each_driver_of_a_file = _parametrized(each for each in DRIVERS if not each.server)


def one_driver_of_each_server(*databases: str) -> pytest.MarkDecorator:
    """Parametrize a test with one combination for each kind of server of the databases."""
    chosen = [each for each in DRIVERS if each.database in databases]
    return _parametrized({each.server: each for each in chosen}.values())


def each_driver_once(*in_ci: str) -> pytest.MarkDecorator:
    """Parametrize a test with each driver on one server; mark all but the named as complete."""
    return pytest.mark.parametrize(
        "deployment",
        [
            pytest.param(
                each,
                id=each.with_server,
                marks=[] if each.driver in in_ci else pytest.mark.complete,
            )
            for each in one_per_driver(_WITHOUT_SAMPLE)
        ],
        indirect=True,
    )


def writing_connections(combination: Combination, pool_size: int) -> int:
    """Return the maximal number of connections with which a service writes."""
    alone = (combination.database, combination.concurrency) == ("sqlite", "sync")
    return 1 if alone else pool_size
