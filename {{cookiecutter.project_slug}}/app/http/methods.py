"""Which methods a path answers."""

from http import HTTPMethod

from fastapi import Request
from starlette.routing import Match
from starlette.types import ASGIApp, Receive, Scope, Send

from app.observability.requests import current_request


class Head:
    """ASGI middleware: HEAD is answered as GET is, without the body.

    The headers are those of GET; the server omits the body.
    https://www.rfc-editor.org/rfc/rfc9110.html#section-9.3.2
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "HEAD":
            # A copy: the server reads the method of its own scope.
            scope = {**scope, "method": "GET"}
            if request := current_request.get():
                request.scope = scope  # which will have the route
        await self._app(scope, receive, send)


def allowed_methods(request: Request) -> str:
    """Return the methods of all routes of the path, as ``Allow`` lists them."""
    return ", ".join(method for method in HTTPMethod if _is_allowed(request, method))


def _is_allowed(request: Request, method: HTTPMethod) -> bool:
    routed = HTTPMethod.GET if method is HTTPMethod.HEAD else method
    scope = {**request.scope, "method": routed.value}
    return any(route.matches(scope)[0] is Match.FULL for route in request.app.routes)
