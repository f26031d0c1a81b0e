"""A service stores what it acknowledges, and refuses what it does not store."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import Any

from tests.combinations import Combination
from tests.figures import Figures
from tests.installed import Installed, call
from tests.reliability.clients import Client
from tests.reliability.scripting import run_script

READERS = ("reader_1", "reader_2", "reader_3")
READS = 100  # by each reader

# The statuses of the four requests that write, by the failure of their commits. The
# deferred rule is a CHECK on PostgreSQL and a foreign key on SQLite. MySQL and MariaDB
# have no deferred constraints.
LOST = {"connection lost": [HTTPStatus.SERVICE_UNAVAILABLE] * 4}
REFUSALS: Mapping[str, Mapping[str, list[HTTPStatus]]] = {
    "postgresql": {**LOST, "deferred rule": [HTTPStatus.UNPROCESSABLE_ENTITY] * 4},
    "mysql": LOST,
    "sqlite": {"deferred rule": [HTTPStatus.CONFLICT] * 4},
}


def check_reads_after_writes(url: str, combination: Combination, figures: Figures) -> None:
    """Check that each client sees its own writes in the next read."""
    imported = [{"username": each, "email": f"{each}@example.com"} for each in READERS]
    status, answer = call(f"{url}/api/v1/users/bulk", {"users": imported})
    assert status == HTTPStatus.CREATED, answer
    status, page = call(f"{url}/api/v1/users?search=reader_")
    assert status == HTTPStatus.OK, page

    with ThreadPoolExecutor(len(READERS)) as pool:
        seen = sum(pool.map(lambda user: _seen(url, user), page["items"]))

    assert seen == len(READERS) * READS
    figures.note("reads after writes that saw them", combination, seen)


def _seen(url: str, user: Mapping[str, Any]) -> int:
    """Change a user repeatedly, and return the number of reads that saw the change."""
    path = f"/api/v1/users/{user['id']}"
    seen = 0
    with Client(url) as client:
        for number in range(READS):
            status, _ = client.call("PATCH", path, {"bio": f"change {number}"})
            assert status == HTTPStatus.OK
            _, read = client.call("GET", path)
            seen += read["bio"] == f"change {number}"
    return seen


def check_failing_commits(project: Installed, figures: Figures) -> None:
    """Check that requests whose commit fails store nothing, and do not claim success.

    Afterwards the project cannot write to its users.
    """
    combination = project.combination
    outcomes = run_script(project, "commits")

    assert outcomes.pop("route that raises") == {"stored": False}
    answers = {failure: outcome["statuses"] for failure, outcome in outcomes.items()}
    successes = sum(status < 400 for statuses in answers.values() for status in statuses)
    assert answers == REFUSALS[combination.database]
    assert not any(outcome["stored"] for outcome in outcomes.values())
    figures.note("failing commits answered with success", combination, successes)
