"""Who calls, by the access token of the request."""

import asyncio
from concurrent.futures import Future
from typing import Annotated

from fastapi import Depends, FastAPI, Request
from fastapi.security import OpenIdConnect
from fastapi.security.utils import get_authorization_scheme_param
# {% if cookiecutter.concurrency == "sync" %}
from starlette.concurrency import run_in_threadpool
# {% endif %}
from starlette.requests import HTTPConnection

from app.auth.caller import Caller
from app.auth.identities import KnownUsers, find_user
from app.auth.subject import Subject
from app.auth.tokens import ERROR, NOT_VALID, Tokens, UnknownKey, Verified
from app.errors import Forbidden, Unauthorized, Unavailable
from app.settings import Settings, SettingsError

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


def install_authentication(app: FastAPI, settings: Settings) -> None:
    """Have the application verify access tokens. Raises SettingsError for no issuer."""
    if not (settings.oidc_issuer and settings.oidc_audience):
        raise SettingsError(
            "APP_OIDC_ISSUER and APP_OIDC_AUDIENCE must say who issues the access tokens, "
            "and for whom: set them in .env, see .env.example."
        )
    app.state.settings = settings
    app.state.tokens = Tokens(settings)
    app.state.known_users = KnownUsers()
    app.swagger_ui_init_oauth = {
        "clientId": settings.oidc_docs_client,
        "scopes": settings.oidc_docs_scopes,
        "usePkceWithAuthorizationCodeGrant": True,
        # Auth0 issues tokens for an API to who asks for them so; others ignore it.
        "additionalQueryStringParams": {"audience": settings.oidc_audience},
    }


async def authenticate(
    request: Request, token: Annotated[str | None, Depends(scheme)]
) -> Caller:
    """Return who calls, who becomes a user at first sight.

    Raises Unauthorized without a valid access token, Forbidden for a user who is not
    active, and Unavailable while the issuer is away and its key unknown.
    """
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
    database = request.app.state.database
    # {% if cookiecutter.concurrency == "async" %}
    user = await find_user(database, subject)
    # {% else %}
    user = await run_in_threadpool(find_user, database, subject)
    # {% endif %}
    if not user.is_active:
        raise Forbidden("Your account is not active here.")
    known.add(subject.key, user.user_id)
    return user.user_id
