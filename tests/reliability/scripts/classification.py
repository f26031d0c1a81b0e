"""Provoke each failure for real, and say which error of the service comes of it."""

import importlib

from app.database.codes import code_of
from app.settings import load_settings
from sqlalchemy.exc import DBAPIError

from .common import at_once, report
from .failures import EVERYWHERE, Case, Failures, Missing

Outcome = tuple[str, str | None, str]  # the error's name, its cause's code, the cause


def outcome(provoke: Case) -> Outcome:
    """Provoke a failure, and give what came of it."""
    [ended] = at_once(provoke)
    error = ended.exception()
    cause = error.__cause__ if error else None
    code = str(code_of(cause)) if isinstance(cause, DBAPIError) else None
    return type(error).__name__, code, repr(cause or error)


def row(case: str, expected: str, code: str | None, provoke: Case) -> dict[str, object]:
    """Provoke a failure; give what was expected of it and what came.

    A code of the database is expected where it tells that the failure is the one meant.
    """
    name, got, cause = outcome(provoke)
    return {
        "case": case,
        "expected": [expected, code],
        "got": [name, got if code else None],
        "cause": cause,
    }


def main() -> None:
    """Provoke all failures that the database of the project knows."""
    backend = load_settings().database_url.get_backend_name()
    own = importlib.import_module(f".{backend}_failures", __package__)
    failures: Failures = EVERYWHERE | own.FAILURES
    rows = [
        row(case, expected.__name__, own.CODES.get(case), provoke)
        for case, (expected, provoke) in failures.items()
    ]
    report([each for each in rows if each["got"] != [Missing.__name__, None]])


if __name__ == "__main__":
    main()
