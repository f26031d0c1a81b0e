"""The form of the log: JSON in production, text for people in development."""

import json
import logging
from datetime import UTC, datetime
from typing import Any

from app.observability.requests import current_request
from app.settings import Settings

# json.dumps would make one for each line.
ENCODER = json.JSONEncoder(default=str)


class JsonFormatter(logging.Formatter):
    """A line is an object: time, level, logger, message, and what else is known.

    ``logger.info("paid", extra={"fields": {"invoice": 7}})`` adds to it.
    """

    def format(self, record: logging.LogRecord) -> str:
        time = datetime.fromtimestamp(record.created, UTC)
        line: dict[str, Any] = {
            "time": time.isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **_context(record),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return ENCODER.encode(line)


class TextFormatter(logging.Formatter):
    """A line is the message, with what else is known behind it."""

    def __init__(self) -> None:
        form = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"
        super().__init__(form, "%H:%M:%S")

    def formatMessage(self, record: logging.LogRecord) -> str:
        known = [f"{name}={value}" for name, value in _context(record).items()]
        return " ".join([super().formatMessage(record), *known])


def _context(record: logging.LogRecord) -> dict[str, Any]:
    """Return the ids of the request in which a line is logged, and its fields."""
    fields: dict[str, Any] = getattr(record, "fields", {})
    request = current_request.get()
    if request is None:
        return fields
    ids = {"request_id": request.id}
    if request.trace_id:
        ids["trace_id"] = request.trace_id
    return fields | ids


def take_over_logs(settings: Settings) -> None:
    """Write all lines of a process that serves to its standard error, in one form.

    Uvicorn sets up its log before it imports the application. Without it, as in tests
    and scripts, nothing changes.
    """
    server = logging.getLogger("uvicorn")
    if not server.handlers:
        return
    handler = logging.StreamHandler()
    production = settings.environment == "production"
    handler.setFormatter(JsonFormatter() if production else TextFormatter())
    logging.basicConfig(handlers=[handler], force=True)
    logging.getLogger("app").setLevel("DEBUG" if settings.debug else "INFO")
    server.handlers.clear()
    server.propagate = True
    # Ours takes its place; without a handler uvicorn does not even make its lines.
    access = logging.getLogger("uvicorn.access")
    access.handlers.clear()
    access.propagate = False
