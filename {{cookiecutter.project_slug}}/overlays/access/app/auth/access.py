"""Who may call a route: ``dependencies=[require(Role.STAFF)]``.

The access token says who calls and in which role, so this takes no round trip.
"""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.security.base import SecurityBase

from app.auth.authentication import authenticate, scheme
from app.auth.caller import Caller
from app.auth.roles import Role
from app.errors import Forbidden


@dataclass(frozen=True)
class Access(SecurityBase):
    """The dependency by which a route demands a role.

    It is one and not nested, as FastAPI 0.165 takes as long to solve each as the look at
    the token takes.
    """

    role: Role
    model = scheme.model
    scheme_name = scheme.scheme_name

    async def __call__(self, request: Request) -> Caller:
        """Return who calls. Raises Forbidden, and what `authenticate` raises."""
        caller = await authenticate(request)
        if not caller.role.includes(self.role):
            raise Forbidden(f"This needs the role {self.role}.")
        return caller


def require(role: Role) -> Any:
    """Return the dependency of a route that only callers with a role may call.

    It is the caller where it is a parameter. Raises Unauthorized and Forbidden.
    """
    return Depends(Access(role))


SignedIn = Annotated[Caller, require(Role.USER)]
