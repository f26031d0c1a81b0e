"""Services of two features share a transaction, and what must happen once does so."""

from http import HTTPStatus

import pytest

from tests.combinations import (
    COMBINATIONS,
    Combination,
    in_turn,
    one_per_database,
    one_per_driver,
)
from tests.figures import Figures
from tests.installed import install
from tests.reliability.scripting import run_script

# One for each driver, of the styles in turn.
SHOPS = one_per_driver(each for each in COMBINATIONS if each.sample == "shop")


@pytest.mark.thorough
@pytest.mark.parametrize("combination", in_turn(SHOPS, [], one_per_database(SHOPS)))
def test_two_features_share_a_transaction_and_a_retry_hashes_nothing_again(
    combination: Combination, variables: dict[str, str], figures: Figures
) -> None:
    project = install(combination, **variables)

    with project.database():
        project.run("alembic upgrade head")
        found = run_script(project, "two_features")

    assert found["shared"] == {
        "refused": True,
        "failed": ["begin", "checkout", "rollback"],
        "stored by what failed": [0, 0],
        "succeeded": ["begin", "checkout", "commit"],
        "stored": [1, 1],
    }
    # The status, and how often the password was hashed.
    assert found["hashed"] == {
        "created": [HTTPStatus.CREATED, 1],
        "updated": [HTTPStatus.OK, 1],
    }
    figures.note("transactions that two features shared", combination, 2)
