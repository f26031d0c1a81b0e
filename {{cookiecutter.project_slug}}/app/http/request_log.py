"""The ids of requests, and their lines in the log."""

import logging
import re
import secrets
from collections.abc import Callable, Sequence
from itertools import count
from typing import TypeAlias

from fastapi.routing import iter_route_contexts
from opentelemetry import trace
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.observability.requests import (
    ObservedRequest,
    current_request,
    is_probe,
    milliseconds,
)

logger = logging.getLogger("app.access")

REQUEST_ID = "X-Request-ID"
RAW_REQUEST_ID = REQUEST_ID.lower().encode()
HARMLESS = re.compile(rb"[A-Za-z0-9._-]{1,64}")

# Random for the process, and a number in it: to ask the system for each would cost more.
PROCESS = secrets.token_hex(8)
NUMBERS = count(1)

# Is told of each request that is answered.
Measure: TypeAlias = Callable[[ObservedRequest], None]


class RequestLog:
    """ASGI middleware: names each request, and logs it once it is answered.

    The id is the client's, if that is short and harmless, or that of the trace, or else
    a new one. All lines that are logged meanwhile have it. Answers of 5xx are always
    logged, others if ``logs_all``, but not those to probes.
    """

    def __init__(
        self,
        app: ASGIApp,
        routes: Sequence[BaseRoute],
        logs_all: bool,
        measure: Measure | None = None,
    ) -> None:
        self._app = app
        self._logs_all = logs_all
        self._measure = measure
        self._templates = {
            id(each.endpoint): each.path_format
            for each in iter_route_contexts(routes)
            if each.endpoint is not None and each.path_format is not None
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = self._observe(scope)
        # Never reset, so that the server's own line on an exception has it, too: each
        # request is a task with a context of its own.
        current_request.set(request)
        header = (RAW_REQUEST_ID, request.id.encode())
        answered = False

        async def send_with_id(message: Message) -> None:
            nonlocal answered
            if message["type"] == "http.response.start":
                request.status = message["status"]
                message["headers"] = [*message.get("headers", ()), header]
                await send(message)
                return
            await send(message)
            if message["type"] == "http.response.body" and not message.get("more_body"):
                # Now, for background tasks may follow.
                answered = True
                self._conclude(request)

        try:
            await self._app(scope, receive, send_with_id)
        finally:
            if not answered:
                self._conclude(request)

    def _observe(self, scope: Scope) -> ObservedRequest:
        span = trace.get_current_span()
        if span is trace.INVALID_SPAN:
            request_id = _sent_id(scope) or f"{PROCESS}{next(NUMBERS):016x}"
            return ObservedRequest(scope, self._templates, request_id)
        trace_id = trace.format_trace_id(span.get_span_context().trace_id)
        request = ObservedRequest(scope, self._templates, _sent_id(scope) or trace_id)
        request.trace_id = trace_id
        request.is_traced = span.is_recording()
        if request.is_traced and scope["query_string"]:
            # Its values may be personal; FastAPI has put all of it into the span.
            names = re.sub(rb"=[^&]*", b"=REDACTED", scope["query_string"])
            span.set_attribute("url.query", names.decode("latin-1"))
        return request

    def _conclude(self, request: ObservedRequest) -> None:
        if self._measure is not None:
            self._measure(request)
        failed = request.status >= 500
        if not failed and (not self._logs_all or is_probe(request.scope)):
            return
        fields = {
            "method": request.method,
            "route": request.route,
            "status": request.status,
            "duration_ms": milliseconds(request.seconds),
            "statements": request.statements,
            "database_ms": milliseconds(request.database_seconds),
        }
        level = logging.WARNING if failed else logging.INFO
        logger.log(level, "request", extra={"fields": fields})


def _sent_id(scope: Scope) -> str:
    """Return the id that the client sent, if it is short and harmless."""
    for name, value in scope["headers"]:
        if name == RAW_REQUEST_ID and HARMLESS.fullmatch(value):
            return str(value, "ascii")
    return ""
