"""Metrics for Prometheus at ``/metrics``, of all processes of the service together.

They are kept in files, one set for each process, which any process adds up.
https://prometheus.github.io/client_python/multiprocess/
"""

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from http import HTTPMethod
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request, Response
from sqlalchemy import Engine, event

from app.observability import waits
from app.observability.requests import ObservedRequest
from app.observability.telemetry import PoolFigures
from app.settings import SettingsError

METHODS = frozenset(HTTPMethod)
MEDIA_TYPE = "text/plain; version=0.0.4"


def serve_metrics(
    app: FastAPI, folder: Path, engines: Sequence[Engine], figures: PoolFigures
) -> Callable[[ObservedRequest], None]:
    """Serve the metrics, and return the function that is told of each answer.

    Raises SettingsError where the folder cannot be written to.
    """
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
    if not (folder.is_dir() and os.access(folder, os.W_OK)):
        raise SettingsError(
            "APP_METRICS_FOLDER: name a folder that the service may write to."
        )
    _remove_what_is_left(folder)
    # The package looks for the variable when it is imported.
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
    from prometheus_client import CollectorRegistry, Histogram, generate_latest
    from prometheus_client.multiprocess import MultiProcessCollector

    durations = Histogram(
        "http_server_request_duration_seconds",
        "How long answers took.",
        ["method", "route", "status"],
        registry=None,
    )

    def measure(request: ObservedRequest) -> None:
        # What clients may choose freely would be a series each.
        method = request.method if request.method in METHODS else "_OTHER"
        labels = (method, request.route or "", str(request.status))
        durations.labels(*labels).observe(request.seconds)

    def answer(_request: Request) -> Response:
        registry = CollectorRegistry()
        MultiProcessCollector(registry, str(folder))
        return Response(generate_latest(registry), media_type=MEDIA_TYPE)

    app.add_route("/metrics", answer, include_in_schema=False)
    _measure_pools(engines, figures)
    return measure


def _measure_pools(engines: Sequence[Engine], figures: PoolFigures) -> None:
    from prometheus_client import Gauge, Summary

    size = Gauge(
        "db_client_connection_max",
        "Connections that there may be.",
        registry=None,
        multiprocess_mode="livesum",
    )
    in_use = Gauge(
        "db_client_connection_in_use",
        "Connections in use.",
        registry=None,
        multiprocess_mode="livesum",
    )
    waited = Summary(
        "db_client_connection_wait_seconds",
        "How long requests waited for a connection, if they had to.",
        registry=None,
    )
    size.set(figures()["size"])
    in_use.set(0)  # whatever an earlier process of the same number has left
    waits.listeners.append(waited.observe)

    def taken(*_: Any) -> None:
        in_use.set(figures()["in_use"])

    def returned(*_: Any) -> None:
        # The pool still counts the connection that it is about to take back.
        in_use.set(figures()["in_use"] - 1)

    for engine in engines:
        event.listen(engine, "checkout", taken)
        event.listen(engine, "checkin", returned)


def _remove_what_is_left(folder: Path) -> None:
    """Remove the gauges of processes that have ended; without any other, all files."""
    files = list(folder.glob("*.db"))
    ended = [path for path in files if not _runs(int(path.stem.rpartition("_")[2]))]
    for path in ended:
        if len(ended) == len(files) or path.name.startswith("gauge_live"):
            path.unlink(missing_ok=True)


def _runs(process: int) -> bool:
    if os.name != "posix":
        return True  # where signal 0 would be Ctrl-C
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
