"""What statements cost: counted for their request, logged if slow, and traced."""

import logging
from collections.abc import Callable
from time import perf_counter
from typing import Any, Literal

from sqlalchemy import Engine, event

from app.observability.requests import current_request, milliseconds

logger = logging.getLogger("app.database")

LONGEST = 2000  # characters of a statement in the log


def observe_statements(engine: Engine, slow: float) -> None:
    """Observe all statements of an engine, and log those of more than so many seconds.

    Their values, which may be personal, are left out.
    """
    dialect = engine.dialect
    # Around the driver's call: the events of cursors do not tell of its failure.
    for name in ("do_execute", "do_executemany"):
        observed = _observed(getattr(dialect, name), dialect.name, slow)
        event.listen(engine, name, observed)


def _observed(
    execute: Callable[..., None], system: str, slow: float
) -> Callable[..., Literal[True]]:
    def run(
        cursor: Any, statement: str, parameters: Any, context: Any
    ) -> Literal[True]:
        request = current_request.get()
        started = perf_counter()
        try:
            if request is not None and request.is_traced:
                # Not at the top: Alembic's commands have no use for FastAPI.
                from app.observability.telemetry import statement_span

                with statement_span(system, statement):
                    execute(cursor, statement, parameters, context)
            else:
                execute(cursor, statement, parameters, context)
        finally:
            seconds = perf_counter() - started
            if request is not None:
                request.statements += 1
                request.database_seconds += seconds
            if seconds > slow:
                _log(statement, seconds)
        return True  # SQLAlchemy does not run it again

    return run


def _log(statement: str, seconds: float) -> None:
    request = current_request.get()
    fields = {
        "duration_ms": milliseconds(seconds),
        "route": request.route if request else None,
        "statement": " ".join(statement.split())[:LONGEST],
    }
    logger.warning("slow statement", extra={"fields": fields})
