"""Traces and metrics by OpenTelemetry, which FastAPI exports where ``OTEL_…`` say so."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TypeAlias

from fastapi.telemetry import TelemetryConfig
from opentelemetry import metrics, trace
from opentelemetry.metrics import CallbackOptions, Observation
from opentelemetry.trace import SpanKind, StatusCode

from app.observability import waits
from app.observability.requests import is_probe

# Returns the "size" of the pools of the database, and their connections "in_use".
PoolFigures: TypeAlias = Callable[[], Mapping[str, int]]

TELEMETRY: TelemetryConfig = {
    "auto_configure": True,
    "exclude": is_probe,
    # They quote the messages of exceptions, and so values; the log has what is needed.
    "logs": False,
    # Spans of requests and statements are enough. Those of FastAPI's own steps would be
    # three of five, and a third of the cost.
    "operation_spans": False,
}

tracer = trace.get_tracer("app.database")


@contextmanager
def statement_span(system: str, statement: str) -> Iterator[None]:
    """Trace a statement, without the message of its error, which may quote values.

    OpenTelemetry's instrumentation of SQLAlchemy takes the message into the span, and
    does not support SQLAlchemy 2.1 (0.66b2).
    """
    operation = statement.split(None, 1)[0]
    attributes = {
        "db.system.name": system,
        "db.operation.name": operation,
        "db.query.text": statement,
    }
    with tracer.start_as_current_span(
        operation,
        kind=SpanKind.CLIENT,
        attributes=attributes,
        record_exception=False,
        set_status_on_exception=False,
    ) as span:
        try:
            yield
        except Exception as error:
            span.set_attribute("error.type", type(error).__qualname__)
            span.set_status(StatusCode.ERROR)
            raise


def export_pools(figures: PoolFigures) -> None:
    """Export the connections of this process, and how long they were waited for."""
    meter = metrics.get_meter("app.database")
    for name, figure, description in (
        ("db.client.connection.max", "size", "Connections that there may be."),
        ("db.client.connection.count", "in_use", "Connections in use."),
    ):
        callback = _observing(figures, figure)
        meter.create_observable_up_down_counter(
            name, [callback], "{connection}", description
        )
    waited = meter.create_histogram(
        "db.client.connection.wait_time",
        "s",
        "How long requests waited for a connection, if they had to.",
    )
    waits.listeners.append(waited.record)


def _observing(
    figures: PoolFigures, figure: str
) -> Callable[[CallbackOptions], Iterator[Observation]]:
    state = {"db.client.connection.state": "used"} if figure == "in_use" else None

    def observe(_options: CallbackOptions) -> Iterator[Observation]:
        yield Observation(figures()[figure], state)

    return observe
