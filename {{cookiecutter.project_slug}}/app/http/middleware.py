"""What requests pass on their way to a route, and answers on their way back."""

from functools import partial

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

from app.database.database import Database
from app.database.readiness import pool_figures
from app.http.body_limit import BodyLimit
from app.http.deadline import Deadline
from app.http.methods import Head
# {% if cookiecutter.database == "postgresql" %}
from app.http.positions import HEADER, Positions
# {% endif %}
from app.http.request_log import REQUEST_ID, RequestLog
from app.observability.metrics import serve_metrics
from app.settings import Settings


def add_middleware(app: FastAPI, settings: Settings) -> None:
    """Add all middleware to the application; the last one sees a request first.

    None can be added afterwards.
    """
    app.add_middleware(Head)
    app.add_middleware(BodyLimit, limit=settings.request_body_limit)
    app.add_middleware(Deadline, seconds=settings.request_timeout)
    # {% if cookiecutter.database == "postgresql" %}
    if settings.database_read_url is not None:
        app.add_middleware(Positions)
    # {% endif %}
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=["*"],
            allow_headers=["*"],
            # {% if cookiecutter.database == "postgresql" %}
            expose_headers=[REQUEST_ID, HEADER]
            if settings.database_read_url
            else [REQUEST_ID],
            # {% else %}
            expose_headers=[REQUEST_ID],
            # {% endif %}
        )
    measure = None
    if settings.metrics_folder is not None:
        database: Database = app.state.database
        measure = serve_metrics(
            app,
            settings.metrics_folder,
            [database.engine.sync_engine, database.read_engine],
            partial(pool_figures, database),
        )
    # Around all of it, and so around the answer to a bug, which no other middleware sees.
    stack = app.build_middleware_stack()
    app.middleware_stack = RequestLog(stack, app.routes, settings.access_log, measure)
