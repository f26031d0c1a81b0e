"""Who may call a route: ``dependencies=[require(Role.STAFF)]``.

The access token says who calls and in which role, so this takes no round trip.
"""

from typing import Annotated, Any

from fastapi import Depends

from app.auth.authentication import authenticate
from app.auth.caller import Caller
from app.auth.roles import Role
from app.errors import Forbidden


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
