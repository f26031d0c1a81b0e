"""What belongs to users: others do not find it, and staff see that of everybody."""

from typing import Protocol, TypeVar

from app.auth.caller import Caller
from app.auth.roles import Role
from app.errors import Forbidden, ensure_found


class Owned(Protocol):
    """A row or an answer that says whose it is."""

    @property
    def user_id(self) -> int: ...


Thing = TypeVar("Thing", bound=Owned)


def ensure_own(thing: Thing | None, name: str, thing_id: int, caller: Caller) -> Thing:
    """Return the caller's thing or, for staff, anybody's. Raises NotFound."""
    is_seen = thing is not None and caller.owns_or_is(Role.STAFF, thing.user_id)
    return ensure_found(thing if is_seen else None, name, thing_id)


def owner_listed(asked: int | None, caller: Caller) -> int | None:
    """Return whose rows a list has: the caller's or, for staff, those asked for.

    None is for everybody's. Raises Forbidden for those of another one.
    """
    if caller.role.includes(Role.STAFF):
        return asked
    if asked not in (None, caller.user_id):
        raise Forbidden(f"This needs the role {Role.STAFF}.")
    return caller.user_id
