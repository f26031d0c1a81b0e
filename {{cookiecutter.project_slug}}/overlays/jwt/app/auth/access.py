"""Who may call a route: ``dependencies=[require(Role.STAFF)]``.

The access token says who calls and in which role, so this takes no round trip.
"""

from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.security import OAuth2PasswordBearer

from app.auth.roles import Role
from app.auth.tokens import Caller, Tokens
from app.errors import Forbidden, Unauthorized

# Relative, so that it is right behind a proxy that adds a prefix.
scheme = OAuth2PasswordBearer("api/v1/auth/token", auto_error=False)


async def authenticate(
    request: Request, token: Annotated[str | None, Depends(scheme)]
) -> Caller:
    """Return who calls. Raises Unauthorized without a valid access token."""
    if token is None:
        raise Unauthorized("Sign in, and send the access token.")
    tokens: Tokens = request.app.state.tokens
    caller = tokens.verify(token)
    # Transactions of the request check that the caller is still signed in.
    request.state.caller = caller
    return caller


def require(role: Role) -> Any:
    """Return the dependency of a route that only callers with a role may call.

    It is the caller where it is a parameter. Raises Unauthorized and Forbidden.
    """

    async def check(caller: Annotated[Caller, Depends(authenticate)]) -> Caller:
        if not caller.role.includes(role):
            raise Forbidden(f"This needs the role {role}.")
        return caller

    return Depends(check)


SignedIn = Annotated[Caller, require(Role.USER)]
