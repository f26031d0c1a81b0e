"""The request in progress, for whatever is done on its behalf."""

from collections.abc import Mapping, MutableMapping
from contextvars import ContextVar
from time import perf_counter
from typing import Any


class ObservedRequest:
    """A request in progress: its ids, its route, and what it has cost the database.

    Takes the scope of ASGI and the templates of paths by the ids of their endpoints.
    """

    trace_id = ""  # empty without traces
    is_traced = False
    status = 0
    statements = 0
    database_seconds = 0.0

    def __init__(
        self,
        scope: MutableMapping[str, Any],
        templates: Mapping[int, str],
        request_id: str,
    ) -> None:
        self.id = request_id
        self.scope = scope
        self.method: str = scope["method"]
        self._templates = templates
        self._prefix: str = scope.get("root_path", "")
        self._started = perf_counter()

    @property
    def seconds(self) -> float:
        """How long ago it began."""
        return perf_counter() - self._started

    @property
    def route(self) -> str | None:
        """The template of the path, without its values; None where no route matches."""
        template = self._templates.get(id(self.scope.get("endpoint")))
        if template is not None or "endpoint" not in self.scope:
            return template
        # Of an application that is mounted in this one.
        mounted_at: str = self.scope["root_path"].removeprefix(self._prefix)
        route = self.scope.get("route")
        return mounted_at + getattr(route, "path_format", "")


current_request: ContextVar[ObservedRequest | None] = ContextVar(
    "current_request", default=None
)


def is_probe(scope: Mapping[str, Any]) -> bool:
    """Return whether a program asks, every few seconds, how the service is."""
    path: str = scope["path"]
    return path.startswith("/health/") or path == "/metrics"


def milliseconds(seconds: float) -> float:
    """Return seconds as milliseconds, to the microsecond."""
    return round(seconds * 1000, 3)
