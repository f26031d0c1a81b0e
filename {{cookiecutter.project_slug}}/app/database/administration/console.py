"""Errors of commands: one sentence and exit code 1 in place of a traceback."""

import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic.util import CommandError
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from app.database.administration.errors import NoDatabase
from app.database.administration.remedies import REMEDIES, server_message
from app.database.codes import code_of
from app.database.errors import translate
from app.errors import AppError, Refused, Unavailable
from app.settings import SettingsError, url_variable

PROJECT = Path(__file__).parents[3]
REVISIONS = PROJECT / "migrations" / "versions"

# Errors that are not bugs of the code.
EXPLAINED = (
    AppError,
    CommandError,
    NoDatabase,
    OSError,
    SettingsError,
    SQLAlchemyError,
)


@contextmanager
def exit_with_sentence(variable: str | None = None) -> Iterator[None]:
    """Exit with 1 and one sentence when an error is raised that is not a bug.

    Takes the variable that holds the URL, if it is not the one of the service.
    """
    try:
        yield
    except EXPLAINED as error:
        sys.exit(explain(error, variable or url_variable()))


def explain(error: Exception, variable: str) -> str:
    """Return what failed, where, and the remedy, as one line."""
    # The cause says more than clients may be told.
    cause = error.__cause__ if isinstance(error, AppError) else None
    error = cause if isinstance(cause, DBAPIError) else error
    parts = [_place_of(error), _message_of(error), _remedy_for(error, variable)]
    return " ".join(" ".join(parts).split())


def _place_of(error: Exception) -> str:
    if _is_refusal(error):
        return "Cannot connect to the database:"
    revision = _revision_of(error)
    return f"{revision}:" if revision else ""


def _message_of(error: Exception) -> str:
    message = server_message(error) if isinstance(error, DBAPIError) else str(error)
    return f"{message.strip().removesuffix('.') or type(error).__name__}."


def _remedy_for(error: Exception, variable: str) -> str:
    if isinstance(error, DBAPIError) and code_of(error) in REMEDIES:
        return REMEDIES[code_of(error)]
    if _is_refusal(error):
        return f"See {variable}."
    if isinstance(error, SQLAlchemyError) and _revision_of(error):
        return "See the traceback with `alembic --raiseerr upgrade head`."
    return ""


def _is_refusal(error: Exception) -> bool:
    """Return whether the error is a failure to connect to the database."""
    if not isinstance(error, DBAPIError) or error.statement is not None:
        return False
    # A COMMIT has no statement either, and may meet a conflict.
    return type(translate(error)) in (Refused, Unavailable)


def _revision_of(error: Exception) -> str | None:
    """Return the file and line of the revision that failed, if one did."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        path = Path(frame.filename)
        if path.parent == REVISIONS:
            return f"{path.relative_to(PROJECT)}, line {frame.lineno}"
    return None
