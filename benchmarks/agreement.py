"""Before the load: all services give the same answers, or they do not do the same work."""

import sys
from collections.abc import Iterable, Sequence
from typing import Any

from benchmarks.load import Request
from benchmarks.operations import Operation
from benchmarks.services import Service

# What the application itself makes up: every application has its own cursors.
OWN = {"next"}


def check(services: Sequence[Service], operations: Iterable[Operation]) -> None:
    """Exit unless all answer with a 2xx, and those alike that take the same request."""
    for operation in operations:
        answers: dict[Request, Any] = {}
        for service in services:
            if request := service.application.request_for(operation):
                given = answer(service, request)
                expected = answers.setdefault(request, given)
                if given != expected:
                    where = f"{service.application.name}: {operation.title}"
                    sys.exit(f"{where}: another answer\n{given}\n{expected}")


def answer(service: Service, request: Request) -> Any:
    """Give what is comparable in an answer: that of a read, the names in that of a write."""
    method, path, body = request.first()
    with service.client() as client:
        given = client.call(method, path, body)
    if method == "GET" and isinstance(given, dict):
        return {name: value for name, value in given.items() if name not in OWN}
    return shape(given)


def shape(value: Any) -> Any:
    """Give the names in an answer, without its values."""
    if isinstance(value, dict):
        return {name: shape(each) for name, each in sorted(value.items())}
    return [shape(each) for each in value[:1]] if isinstance(value, list) else ""
