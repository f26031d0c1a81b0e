"""A limit to the size of request bodies."""

from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class BodyLimit:
    """ASGI middleware: reading a body of more than so many bytes ends in a 413.

    FastAPI's own ``max_body_size`` answers in plain text where the client announces the
    length; the exception that is raised here meets our handlers.
    """

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        announced = _announced_length(scope)
        left = self._limit

        async def receive_within_limit() -> Message:
            nonlocal left
            if announced > self._limit:
                raise self._refusal()
            message = await receive()
            left -= len(message.get("body", b""))
            if left < 0:
                raise self._refusal()
            return message

        await self._app(scope, receive_within_limit, send)

    def _refusal(self) -> HTTPException:
        detail = f"The body has more than {self._limit} bytes."
        return HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, detail)


def _announced_length(scope: Scope) -> int:
    length = Headers(scope=scope).get("content-length", "")
    return int(length) if length.isdecimal() else 0
