"""Who calls, by the access token of the request."""

import asyncio
from concurrent.futures import Future

from fastapi import Request
from fastapi.security import OpenIdConnect
from fastapi.security.utils import get_authorization_scheme_param
# {% if cookiecutter.concurrency == "sync" %}
from starlette.concurrency import run_in_threadpool
# {% endif %}
from starlette.requests import HTTPConnection

from app.auth.caller import Caller
from app.auth.known_users import KnownUsers, Subject, UserState
from app.auth.tokens import ERROR, NOT_VALID, Tokens, UnknownKey, Verified
from app.errors import Forbidden, Unauthorized, Unavailable

TIMEOUT = 5  # seconds that a request waits for the keys of the issuer
AWAY = "The issuer of the access tokens cannot be reached."


class BearerToken(OpenIdConnect):
    """The access token of a request, or None."""

    async def __call__(self, request: HTTPConnection) -> str | None:
        header = await super().__call__(request)
        kind, token = get_authorization_scheme_param(header)
        return token if kind.lower() == "bearer" else None


# The application documents the URL, which depends on the settings.
scheme = BearerToken(openIdConnectUrl="", scheme_name="issuer", auto_error=False)


async def authenticate(request: Request) -> Caller:
    """Return who calls, who becomes a user at first sight.

    Raises Unauthorized without a valid access token, Forbidden for a user who is not
    active, and Unavailable while the issuer is away and its key unknown.
    """
    token = await scheme(request)
    if token is None:
        raise Unauthorized("Sign in at the issuer, and send the access token.")
    verified = await _verify(request.app.state.tokens, token)
    caller = Caller(await _user_id_of(request, verified.subject), verified.role)
    # Transactions of the request check that the caller is still active.
    request.state.caller = caller
    return caller


async def _verify(tokens: Tokens, token: str) -> Verified:
    try:
        return tokens.verify(token)
    except UnknownKey:
        await _wait_for(tokens.issuer.refresh())
    try:
        return tokens.verify(token)
    except UnknownKey:
        if tokens.issuer.is_away:
            raise Unavailable(AWAY) from None
        raise Unauthorized(NOT_VALID, ERROR) from None


async def _wait_for(fetch: Future[None] | None) -> None:
    if fetch is None:
        return
    try:
        async with asyncio.timeout(TIMEOUT):
            # Others wait for it, too: a request that is cancelled must not cancel it.
            await asyncio.shield(asyncio.wrap_future(fetch))
    except TimeoutError as error:
        raise Unavailable(AWAY) from error


async def _user_id_of(request: Request, subject: Subject) -> int:
    known: KnownUsers = request.app.state.known_users
    user_id = known.get(subject.key)
    if user_id is not None:
        return user_id
    state = request.app.state
    # {% if cookiecutter.concurrency == "async" %}
    user: UserState = await state.find_user(state.database, subject)
    # {% else %}
    user: UserState = await run_in_threadpool(state.find_user, state.database, subject)
    # {% endif %}
    if not user.is_active:
        raise Forbidden("Your account is not active here.")
    known.add(subject.key, user.user_id)
    return user.user_id
