"""The router of every feature."""

from typing import Any

from fastapi import APIRouter

from app.http.problems import INVALID, UNAVAILABLE
# {% if cookiecutter.concurrency == "sync" %}
from app.http.threads import ThreadRoute
# {% endif %}


class Router(APIRouter):
    """Routes of a feature: ``Router(prefix="/invoices", tags=["invoices"])``.

    # {% if cookiecutter.concurrency == "sync" %}
    Its functions run in threads, see `ThreadRoute`.
    # {% endif %}
    Each route documents the errors that every route may answer with.
    """

    def __init__(self, **options: Any) -> None:
        # {% if cookiecutter.concurrency == "sync" %}
        options.setdefault("route_class", ThreadRoute)
        # {% endif %}
        options["responses"] = INVALID | UNAVAILABLE | options.get("responses", {})
        super().__init__(**options)
