"""Which combinations the fault tests are run with: each driver once, the styles in turn.

Drivers of MySQL meet MariaDB as well, those of PostgreSQL either of its versions.
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


def writing_connections(combination: Combination, pool_size: int) -> int:
    """Return how many connections a service opens at most to write with."""
    alone = (combination.database, combination.concurrency) == ("sqlite", "sync")
    return 1 if alone else pool_size
