"""What requests pass on their way to a route, and answers on their way back."""

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

from app.http.body_limit import BodyLimit
from app.http.deadline import Deadline
from app.http.methods import Head
# {% if cookiecutter.database == "postgresql" %}
from app.http.positions import HEADER, Positions
# {% endif %}
from app.settings import Settings


def add_middleware(app: FastAPI, settings: Settings) -> None:
    """Add all middleware to the application; the last one sees a request first."""
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
            expose_headers=[HEADER] if settings.database_read_url else [],
            # {% endif %}
        )
