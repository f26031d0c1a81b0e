"""A list is walked to its end in each sort that it has, whatever the column's type."""

import pytest

from tests.combinations import COMBINATIONS, Combination, in_turn, on_each_server, one_per_driver
from tests.figures import Figures
from tests.installed import install
from tests.reliability.scripting import run_script

# The styles and samples take turns. Servers of one kind compare text in their own ways:
# each driver runs on all of them, in CI on one.
DRIVERS = one_per_driver(COMBINATIONS)
ON_EACH_SERVER = on_each_server(DRIVERS, "postgresql", "mysql")

ROWS = 40
COUNTED = 10_000  # rows, by default
SORTS = 26  # thirteen columns, up and down

REFUSALS = {
    "ByNickname": "The sort nickname may be NULL: pages would lose rows.",
    "ByDocument": "The sort document is of JSON, which has no order.",
    "ByLocal": "The sort local has no time zone; make it a TIMESTAMP.",
    "ByExact": "The sort exact has no bounds; name its precision and scale.",
    "ByPlace": "The sort place is of Place, which has no order.",
    "BySingle": "The sort single loses digits on some databases; make it a Double.",
    "ByEssay": "The sort essay may be longer than 400 characters.",
    "ByAbstract": "The sort abstract may be longer than 400 characters.",
}


@pytest.mark.thorough
@pytest.mark.parametrize("combination", in_turn(ON_EACH_SERVER, [], DRIVERS))
def test_lists_are_whole_in_every_sort_and_counted_within_bounds(
    combination: Combination, variables: dict[str, str], figures: Figures
) -> None:
    project = install(combination, **variables)

    with project.database():
        found = run_script(project, "sorts")

    wrong = {
        sort: walked
        for sort, (expected, *walked) in found["walks"].items()
        if any(ids != expected for ids in walked)
    }
    assert wrong == {}
    assert len(found["walks"]) == SORTS
    assert {len({*expected}) for expected, *_ in found["walks"].values()} == {ROWS}
    assert found["refusals"] == REFUSALS
    assert found["refused cursors"] > SORTS
    # By default, exact, and none.
    assert found["totals"] == {
        str(COUNTED): [COUNTED, COUNTED, None],
        str(COUNTED + 1): [None, COUNTED + 1, None],
    }
    assert len(found["counts"]) == 2
    for count in found["counts"]:
        assert "LIMIT" in count
        assert str(COUNTED + 1) in count
    figures.note("sorts in which lists were walked to their ends", combination, SORTS)
