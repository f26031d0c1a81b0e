"""Admins sign in by password, for a cookie that every request is checked by."""

import hmac

from pydantic import ValidationError
from sqladmin.authentication import AuthenticationBackend
from starlette.requests import Request

from app.admin import sessions
from app.admin.calls import call
from app.admin.origin import ensure_same_origin
from app.auth.caller import Caller
from app.auth.roles import Role
from app.database.database import Database
from app.errors import Unauthorized
from app.settings import Settings
from app.sign_in.router import WRONG
from app.sign_in.schemas import Credentials

COOKIE = "admin_session"


class Authentication(AuthenticationBackend):
    """Signs admins in and out, and checks that they are still signed in.

    The cookie names a row of ``sign_ins``. It is always Secure: browsers send it by
    https alone, and Chrome, Edge and Firefox also by http to the machine itself.
    """

    def __init__(self, database: Database, settings: Settings) -> None:
        super().__init__(
            session_key(settings),
            session_cookie=COOKIE,
            max_age=sessions.LIFETIME,
            same_site="strict",
            https_only=True,
        )
        self._database = database
        self._settings = settings

    async def login(self, request: Request) -> bool:
        """Sign in with the form. Raises what `sessions.begin` does."""
        ensure_same_origin(request)
        try:
            credentials = Credentials.model_validate(dict(await request.form()))
        except ValidationError:
            raise Unauthorized(WRONG) from None
        caller: Caller = await call(
            sessions.begin, self._database, credentials, request, self._settings
        )
        request.session.clear()
        request.session["user_id"] = caller.user_id
        request.session["sign_in_id"] = caller.sign_in_id
        return True

    async def logout(self, request: Request) -> bool:
        """End the session, and return False: SQLAdmin then shows the form."""
        if caller := caller_of(request):
            await call(self._database.transaction, sessions.end, caller)
        request.session.clear()
        return False

    async def authenticate(self, request: Request) -> bool:
        """Return whether an admin is signed in. Raises Forbidden for other origins."""
        ensure_same_origin(request)
        caller = caller_of(request)
        if caller is None:
            return False
        if not await call(self._database.transaction, sessions.is_open, caller):
            request.session.clear()
            return False
        # Transactions of the request check that the caller is still signed in.
        request.state.caller = caller
        return True


def session_key(settings: Settings) -> str:
    """Return the key that signs the cookie: of its own, derived from that of tokens."""
    key = settings.auth_key.get_secret_value().encode()
    return hmac.digest(key, b"admin session", "sha256").hex()


def caller_of(request: Request) -> Caller | None:
    """Return whom the cookie was issued to, or None. The session may have ended."""
    user_id = request.session.get("user_id")
    sign_in_id = request.session.get("sign_in_id")
    if user_id is None or sign_in_id is None:
        return None
    return Caller(user_id, sign_in_id, Role.ADMIN)
