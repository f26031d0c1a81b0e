"""The pages of the API work without the internet, and their examples at the first click."""

from pathlib import Path

import pytest

from tests.browsing import read_redoc, send_examples, walking
from tests.combinations import Combination, in_turn
from tests.installed import install

PROJECTS = [
    Combination("async", "sqlite", "aiosqlite", "repository", "shop"),
    Combination("sync", "postgresql", "psycopg", "dao", "shop"),
]


@pytest.mark.parametrize("combination", in_turn(PROJECTS, PROJECTS[:1], PROJECTS[:1]))
def test_the_pages_of_the_api_are_used(
    combination: Combination, variables: dict[str, str], shots: Path
) -> None:
    project = install(combination, **variables)

    with project.database():
        project.run("python -m app.database upgrade")
        with project.served() as url, walking(url, shots / combination.with_server) as walk:
            send_examples(walk)
            read_redoc(walk)
