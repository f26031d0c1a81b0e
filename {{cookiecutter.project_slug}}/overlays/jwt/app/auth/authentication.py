"""Who calls, by the access token of the request."""

from fastapi import Request
from fastapi.security import OAuth2PasswordBearer

from app.auth.caller import Caller
from app.auth.tokens import Tokens
from app.errors import Unauthorized

# Relative, so that it is right behind a proxy that adds a prefix.
scheme = OAuth2PasswordBearer("api/v1/auth/token", auto_error=False)


async def authenticate(request: Request) -> Caller:
    """Return who calls. Raises Unauthorized without a valid access token."""
    token = await scheme(request)
    if token is None:
        raise Unauthorized("Sign in, and send the access token.")
    tokens: Tokens = request.app.state.tokens
    caller = tokens.verify(token)
    # Transactions of the request check that the caller is still signed in.
    request.state.caller = caller
    return caller
