"""The position of each client in the database's log: sent, kept, and sent back."""

from collections.abc import Iterator
from http import HTTPMethod

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.database.positions import (
    CLIENT,
    UNKNOWN,
    ClientPosition,
    format_position,
    parse_position,
)

# For clients that keep no cookies, such as other services and pages of other origins.
HEADER = "Database-Position"
COOKIE = "position"
PRIVATE = ("private", "no-store")


class Positions:
    """ASGI middleware: a client never reads an older state than it wrote.

    Takes the position from the cookie or header of the request, and sends the new one in
    both. It is no secret, and a false one harms only the client that sends it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        client = ClientPosition(_sent_position(scope))

        async def send_with_position(message: Message) -> None:
            if message["type"] == "http.response.start":
                _add_position(message, scope, client)
            await send(message)

        token = CLIENT.set(client)
        try:
            await self._app(scope, receive, send_with_position)
        finally:
            CLIENT.reset(token)


def _sent_position(scope: Scope) -> int | None:
    """Return the newest position of the request, or None if it has no valid one."""
    positions = set(_sent_positions(HTTPConnection(scope)))
    if UNKNOWN in positions:
        return UNKNOWN
    return max(positions, default=None)


def _sent_positions(request: HTTPConnection) -> Iterator[int]:
    for text in (request.headers.get(HEADER), request.cookies.get(COOKIE)):
        position = parse_position(text or "")
        if position is not None:
            yield position


def _add_position(message: Message, scope: Scope, client: ClientPosition) -> None:
    if client.new is None or client.new == client.sent:
        return
    headers = MutableHeaders(scope=message)
    if not _may_have_position(headers, scope["method"]):
        return
    position = format_position(client.new)
    secure = "; Secure" if scope["scheme"] == "https" else ""
    cookie = f"{COOKIE}={position}; Path=/; HttpOnly; SameSite=Lax{secure}"
    headers.append("Set-Cookie", cookie)
    headers[HEADER] = position


def _may_have_position(headers: MutableHeaders, method: str) -> bool:
    """Keep the answer out of caches, which would send the position to other clients.

    A route may make an answer public: then it has no position, and its client keeps the
    one that it has.
    """
    policy = headers.setdefault("Cache-Control", "no-store").lower()
    is_read = method in (HTTPMethod.GET, HTTPMethod.HEAD)
    return not is_read or any(word in policy for word in PRIVATE)
