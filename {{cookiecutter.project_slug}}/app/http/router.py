"""The router of every feature."""

from http import HTTPStatus
from typing import Any

from fastapi import APIRouter

from app.http.problems import problem_responses
# {% if cookiecutter.concurrency == "sync" %}
from app.http.threads import ThreadRoute
# {% endif %}

# What every route may answer with.
PROBLEMS = problem_responses(
    HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.SERVICE_UNAVAILABLE
)


class Router(APIRouter):
    """Routes of a feature: ``Router(prefix="/invoices", tags=["invoices"])``.

    # {% if cookiecutter.concurrency == "sync" %}
    Their functions run in threads, see `ThreadRoute`.
    # {% endif %}
    The documentation of each has the problems that all may answer with.
    """

    def __init__(self, **options: Any) -> None:
        # {% if cookiecutter.concurrency == "sync" %}
        options.setdefault("route_class", ThreadRoute)
        # {% endif %}
        super().__init__(responses=PROBLEMS, **options)
