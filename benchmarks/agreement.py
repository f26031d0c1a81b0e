"""A check before the load that all services give the same answers, so do the same work."""

import sys
from collections.abc import Iterable, Sequence
from typing import Any

from benchmarks.load import Request
from benchmarks.operations import Operation
from benchmarks.services import Service

# Fields that differ between applications, each of which has its own format of cursors.
OWN = {"next"}


def check(services: Sequence[Service], operations: Iterable[Operation]) -> None:
    """Exit unless all answer with a 2xx, and the same requests get the same answers."""
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
    """Return the comparable part of an answer: all of a read's, the names of a write's."""
    method, path, body = request.first()
    with service.client() as client:
        given = client.call(method, path, body)
    if method == "GET" and isinstance(given, dict):
        return {name: value for name, value in given.items() if name not in OWN}
    return shape(given)


def shape(value: Any) -> Any:
    """Return the names in an answer, without its values."""
    if isinstance(value, dict):
        return {name: shape(each) for name, each in sorted(value.items())}
    return [shape(each) for each in value[:1]] if isinstance(value, list) else ""
