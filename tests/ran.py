"""Which combinations a run has tested, as a table that is printed at its end."""

import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

from tests.combinations import COMBINATIONS, SIGN_IN_BY_DRIVER, Combination, on_each_server
from tests.figures import in_markdown

# Those of all marks, each on every server of its database, by what the ids of tests name.
EVERY = {
    each.with_server: each
    for each in on_each_server([*COMBINATIONS, *SIGN_IN_BY_DRIVER], "postgresql", "mysql")
}
NAMED = re.compile(rf"(?<!\w)({'|'.join(sorted(EVERY, key=len, reverse=True))})(?!\w)")


def table_of_combinations(reports: Iterable[Any]) -> str:
    """Return how many tests passed by driver, style, sample and sign-in, or "" for none."""
    passed = Counter(found for each in reports if (found := _combination_of(each.nodeid)))
    if not passed:
        return ""
    tests: dict[str, Counter[str]] = {}
    for combination, number in passed.items():
        row = tests.setdefault(f"{combination.concurrency} {combination.driver}", Counter())
        row[_column(combination)] += number
    columns = sorted({column for row in tests.values() for column in row})
    rows = [
        [name, *(str(row[each] or "") for each in columns)] for name, row in sorted(tests.items())
    ]
    table = in_markdown(["tests of a project", *columns], rows)
    return f"{table}\n{len(passed)} of {len(EVERY)} combinations of answers and server.\n"


def _combination_of(test: str) -> Combination | None:
    found = NAMED.search(test)
    return EVERY[found[1]] if found else None


def _column(combination: Combination) -> str:
    signing_in = [] if combination.auth == "none" else [combination.auth]
    signing_in += ["admin"] if combination.admin else []
    return " ".join([combination.data_access, combination.sample, *signing_in])
