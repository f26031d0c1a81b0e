"""A transaction that the database rolled back is retried, a few times at random intervals."""

import pytest

from tests.combinations import COMBINATIONS, CONTEXT, Combination
from tests.figures import Figures
from tests.installed import install
from tests.reliability.scripting import run_script

# One combination for each mode of the databases that lock rows, and so have deadlocks.
SERVICES = [
    each
    for each in COMBINATIONS
    if each.database != "sqlite"
    and each.driver == CONTEXT["_databases"][each.database]["drivers"][each.concurrency][0]
    and (each.data_access, each.sample) == ("dao", "shop")
]

GIVEN_UP = "503 Failed 4 times."
LONGEST_PAUSE = 0.5  # seconds


@pytest.mark.thorough
@pytest.mark.parametrize("combination", SERVICES, ids=str)
def test_a_unit_is_retried_a_few_times_at_random_moments(
    combination: Combination, variables: dict[str, str], figures: Figures
) -> None:
    project = install(combination, **variables)

    with project.database():
        project.run("alembic upgrade head")
        report = run_script(project, "retries")

    assert report["outcomes"] == [1, 2, 3, 4, GIVEN_UP, GIVEN_UP]
    # Each attempt except for the last is followed by a pause.
    assert {len(pauses) for pauses in report["pauses"]} == {3}
    pauses = [pause for pauses in report["pauses"] for pause in pauses]
    assert len(set(pauses)) == len(pauses)
    assert max(pauses) <= LONGEST_PAUSE
    # Of two transactions in a deadlock, one is rolled back and retried, and both succeed.
    deadlocks = report["deadlocks"]
    assert [sorted(calls) for calls in deadlocks] == [[1, 2]] * len(deadlocks)
    figures.note("deadlocks from which both sides recovered", combination, len(deadlocks))
