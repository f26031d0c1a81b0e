"""Which combinations the fault tests are run with: each driver once, the styles in turn."""

from collections.abc import Iterable

import pytest

from tests.combinations import COMBINATIONS, CONTEXT, Combination
from tests.servers import PRIVATE_SERVERS


def _one_per_driver() -> list[Combination]:
    drivers = dict.fromkeys((each.concurrency, each.database, each.driver) for each in COMBINATIONS)
    styles = CONTEXT["data_access"]
    return [
        Combination(*driver, styles[number % len(styles)], "none")
        for number, driver in enumerate(drivers)
    ]


def _parametrized(combinations: Iterable[Combination]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("deployment", [*combinations], ids=str, indirect=True)


DRIVERS = _one_per_driver()

each_driver = _parametrized(DRIVERS)
each_driver_of_a_server = _parametrized(
    each for each in DRIVERS if each.database in PRIVATE_SERVERS
)
each_driver_of_a_file = _parametrized(
    each for each in DRIVERS if each.database not in PRIVATE_SERVERS
)
