"""Thousands of requests are generated from the OpenAPI, and all responses conform to it.

Afterwards, all rows that the service has accepted can still be read.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest

from tests.combinations import COMBINATIONS, TEMPLATE, Combination, in_turn, one_per_database
from tests.figures import Figures
from tests.installed import install
from tests.reliability.operators import LASTING_TOKENS
from tests.reliability.reading import Reading
from tests.reliability.wire import TIMEOUT, Wire
from tests.test_sign_in import Api, create_admin, sign_in

# These cover each database in each mode, with alternating drivers and styles. CI takes
# each database once.
FUZZED = {
    "async-sqlite-aiosqlite-repository-shop",
    "sync-sqlite-sqlite3-dao-shop",
    "async-postgresql-asyncpg-dao-shop",
    "sync-postgresql-psycopg2-repository-shop",
    "async-mysql-asyncmy-repository-shop",
    "sync-mysql-pymysql-dao-shop",
}
SIGNED_IN = [Combination("async", "postgresql", "psycopg", "repository", "shop", auth="jwt")]
SHOPS = [each for each in COMBINATIONS if str(each) in FUZZED]

# Users sign in to PostgreSQL.
IN_CI = [each for each in one_per_database(SHOPS) if each.database != "postgresql"]

ENOUGH = 1500
WRITTEN = 50  # at least, by an admin
EXAMPLES = 10  # for each operation, in addition to schema coverage and sequences
SEED = 4

# Checks that are disabled, each with its reason.
NOT_CHECKED = (
    # OpenAPI cannot describe valid mailbox addresses, our cursors, or a number's digits.
    "positive_data_acceptance",
    # FastAPI matches /users/bulk with /users/{user_id} as well, and allows its methods.
    "unsupported_method",
    "allow_header_conformance",
)

pytestmark = pytest.mark.thorough


@dataclass(frozen=True)
class Fuzz:
    """The result of a run of schemathesis."""

    exit_code: int
    output: str
    answers: list[Any]

    @property
    def unserved(self) -> list[Any]:
        """The requests without a response, or with one that reports a failure of the service."""
        return [
            each
            for each in self.answers
            if each["response"] is None or each["response"]["status_code"] >= 500
        ]

    @property
    def written(self) -> list[Any]:
        """The requests that have changed something."""
        return [
            each
            for each in self.answers
            if each["request"]["method"] != "GET"
            and each["response"] is not None
            and each["response"]["status_code"] < HTTPStatus.MULTIPLE_CHOICES
        ]

    @property
    def slowest(self) -> float:
        """The duration of the slowest response, in seconds."""
        return max(float(each["response"]["elapsed"]) for each in self.answers)


@pytest.mark.parametrize("combination", in_turn(SHOPS, [], IN_CI))
def test_no_request_of_a_fuzzer_breaks_the_service(
    combination: Combination,
    variables: dict[str, str],
    tmp_path: Path,
    figures: Figures,
) -> None:
    project = install(combination, **variables)

    with project.database():
        project.run("alembic upgrade head")
        project.run("python -m app.seed --rows 50")
        with project.served() as url:
            fuzz = run_schemathesis(url, tmp_path)
            reading = Reading(Wire(url))
            reading.everything()

    assert fuzz.exit_code == 0, fuzz.output
    assert fuzz.unserved == []
    assert len(fuzz.answers) >= ENOUGH
    assert fuzz.slowest < TIMEOUT
    assert reading.broken == []
    figures.note("requests fuzzed", combination, len(fuzz.answers))
    figures.note("answers of 5xx", combination, len(fuzz.unserved))
    figures.note(
        "slowest answer to a hostile request", combination, fuzz.slowest, unit="s", keep="max"
    )
    figures.note("later reads broken", combination, len(reading.broken))


@pytest.mark.parametrize("combination", SIGNED_IN, ids=str)
def test_no_request_of_a_fuzzer_breaks_a_service_whose_users_sign_in(
    combination: Combination,
    variables: dict[str, str],
    tmp_path: Path,
    figures: Figures,
) -> None:
    project = install(combination, **variables | LASTING_TOKENS)

    with project.database():
        project.run("alembic upgrade head")
        project.run("python -m app.seed --rows 50")
        create_admin(project)
        with project.served() as url:
            token = sign_in(Api(url))["access_token"]
            fuzzes = [run_schemathesis(url, tmp_path, each) for each in ("", token)]
            reading = Reading(Wire(url, token))
            reading.everything()

    for fuzz in fuzzes:
        assert fuzz.exit_code == 0, fuzz.output
        assert fuzz.unserved == []
        assert fuzz.slowest < TIMEOUT
        figures.note("requests fuzzed", combination, len(fuzz.answers))
        figures.note("answers of 5xx", combination, len(fuzz.unserved))
    _, signed_in = fuzzes
    assert len(signed_in.answers) >= ENOUGH
    assert len(signed_in.written) >= WRITTEN
    assert reading.broken == []


def run_schemathesis(url: str, folder: Path, token: str = "") -> Fuzz:
    """Run schemathesis, which generates valid and invalid requests, alone and in sequences."""
    report = folder / "report.ndjson"
    options = {
        "seed": SEED,
        "max-examples": EXAMPLES,
        "generation-database": "none",
        "exclude-checks": ",".join(NOT_CHECKED),
        "max-response-time": TIMEOUT,
        "request-timeout": 2 * TIMEOUT,
        "report-ndjson-path": report,
    }
    caller = [f"--header=Authorization: Bearer {token}"] if token else []
    done = subprocess.run(
        [sys.executable, "-m", "schemathesis.cli", "run", f"{url}/openapi.json", *caller]
        + [f"--{name}={value}" for name, value in options.items()]
        + ["--continue-on-failure", "--no-color"],
        cwd=folder,  # schemathesis writes files to its working directory
        env={
            **os.environ,
            "PYTHONPATH": str(TEMPLATE),
            "SCHEMATHESIS_HOOKS": "tests.reliability.fuzz_hooks",
        },
        check=False,
        encoding="utf-8",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    return Fuzz(done.returncode, done.stdout, list(exchanges_in(report)))


def exchanges_in(report: Path) -> Iterator[Any]:
    """Yield each request that was sent, with its response."""
    with report.open(encoding="utf-8") as lines:
        for line in lines:
            scenario = json.loads(line).get("ScenarioFinished", {"recorder": {}})
            yield from scenario["recorder"].get("interactions", {}).values()
