"""Each driver's service classifies every failure of a database correctly."""

import pytest

from tests.combinations import COMBINATIONS, Combination, in_turn, on_each_server, one_per_driver
from tests.figures import Figures
from tests.installed import install
from tests.reliability.scripting import run_script

# One combination for each driver, the styles in turn: the shop has the most constraints.
# Messages differ by server: each runs on all servers of its database, in CI on one.
DRIVERS = one_per_driver(each for each in COMBINATIONS if each.sample == "shop")
ON_EACH_SERVER = on_each_server(DRIVERS, "postgresql", "mysql")


@pytest.mark.thorough
@pytest.mark.parametrize("combination", in_turn(ON_EACH_SERVER, [], DRIVERS))
def test_every_failure_is_classified(
    combination: Combination, variables: dict[str, str], figures: Figures
) -> None:
    project = install(combination, **variables)

    with project.database():
        project.run("alembic upgrade head")
        failures = run_script(project, "classification")

    wrong = [each for each in failures if each["got"] != each["expected"]]
    assert not wrong, wrong
    assert failures
    figures.note("failures classified", combination, len(failures))
