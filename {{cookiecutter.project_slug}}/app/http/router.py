"""The router of every feature."""

from typing import Any

from fastapi import APIRouter

from app.http.problems import INVALID, UNAVAILABLE
# {% if cookiecutter.concurrency == "sync" %}
from app.http.threads import ThreadRoute
# {% endif %}


class Router(APIRouter):
    """Routes of a feature: ``Router(prefix="/invoices", tags=["invoices"])``.

    {% if cookiecutter.concurrency == "sync" %}
    Their functions run in threads, see `ThreadRoute`.
    {% endif %}
    The documentation of each has the errors that all may answer with.
    """

    def __init__(self, **options: Any) -> None:
        # {% if cookiecutter.concurrency == "sync" %}
        options.setdefault("route_class", ThreadRoute)
        # {% endif %}
        super().__init__(responses=INVALID | UNAVAILABLE, **options)
