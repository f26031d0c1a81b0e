"""Refuses writes that pages of other origins send with the cookie of an admin.

The cookie itself is SameSite, but other origins may belong to the same site.
"""

from urllib.parse import urlsplit

from starlette.requests import Request

from app.errors import Forbidden

SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}


def ensure_same_origin(request: Request) -> None:
    """Raise Forbidden for a write that a page of another origin has sent."""
    if request.method not in SAFE_METHODS and not _is_same_origin(request):
        raise Forbidden("This was sent by a page of another origin.")


def _is_same_origin(request: Request) -> bool:
    # Today's browsers send the first header, older ones the second. What sends neither
    # is no browser. https://words.filippo.io/csrf/
    site = request.headers.get("sec-fetch-site")
    if site:
        return site in ("same-origin", "none")
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host")
