"""Which combinations a run has tested, as a table that is printed at its end."""

import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

from tests.combinations import COMBINATIONS, SIGN_IN_BY_DRIVER, Combination, on_each_server

# What a run tests with many tests; the id of a test names its combination.
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
    lines = [
        f"| tests of a project | {' | '.join(columns)} |",
        "|---" * (len(columns) + 1) + "|",
        *(
            f"| {name} | {' | '.join(str(row[each] or '') for each in columns)} |"
            for name, row in sorted(tests.items())
        ),
        f"{len(passed)} combinations of answers and server, of {len(EVERY)} that are chosen.",
    ]
    return "\n".join(lines)


def _combination_of(test: str) -> Combination | None:
    found = NAMED.search(test)
    return EVERY[found[1]] if found else None


def _column(combination: Combination) -> str:
    signing_in = [] if combination.auth == "none" else [combination.auth]
    signing_in += ["admin"] if combination.admin else []
    return " ".join([combination.data_access, combination.sample, *signing_in])
