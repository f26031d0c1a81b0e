"""The router of every feature."""

# {% if cookiecutter.auth != "none" %}
from collections.abc import Callable
# {% endif %}
from typing import Any

from fastapi import APIRouter
from starlette.routing import Match
from starlette.types import Scope

# {% if cookiecutter.auth != "none" %}
from app.auth.access import require
from app.auth.roles import Role
# {% endif %}
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
    # {% if cookiecutter.auth != "none" %}
    With ``write_role=Role.STAFF``, all methods but GET require that role.
    # {% endif %}
    """

    def __init__(self, **options: Any) -> None:
        # {% if cookiecutter.auth != "none" %}
        write_role: Role | None = options.pop("write_role", None)
        self._for_writers = [require(write_role)] if write_role else []
        # {% endif %}
        # {% if cookiecutter.concurrency == "sync" %}
        options.setdefault("route_class", ThreadRoute)
        # {% endif %}
        options["responses"] = INVALID | UNAVAILABLE | options.get("responses", {})
        super().__init__(**options)
        self._literal_prefix = self.prefix.partition("{")[0]
        # {% if cookiecutter.auth != "none" %}

    def add_api_route(
        self, path: str, endpoint: Callable[..., Any], **options: Any
    ) -> None:
        """Add a route, which `APIRouter`'s decorators do."""
        if options.get("methods") != ["GET"]:
            dependencies = options.get("dependencies") or ()
            options["dependencies"] = [*dependencies, *self._for_writers]
        super().add_api_route(path, endpoint, **options)
        # {% endif %}

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Return whether a route matches. Where the prefix does not, look at none of them.

        FastAPI 0.165 tries all routes of each router in turn, which would make requests
        slower with each feature.
        """
        if self._literal_prefix not in scope["path"]:
            return Match.NONE, {}
        return super().matches(scope)
