"""How many mails may be asked for, counted as the attempts to sign in are."""

from fastapi import Request

from app.attempts.service import Bound, address_of, make_bounds
from app.settings import Settings


def bounds_of_request(settings: Settings, email: str, request: Request) -> list[Bound]:
    """Return the bounds of a request for a mail, whether or not there is such a user."""
    limits = {
        f"mails to {email}": settings.auth_mails_per_account,
        f"mails for {address_of(request)}": settings.auth_mails_per_address,
    }
    return make_bounds(settings, limits)


def bounds_of_user(settings: Settings, user_id: int, email: str) -> list[Bound]:
    """Return the bounds of mails to a user who changes the address again and again."""
    limit = settings.auth_mails_per_account
    limits = {f"mails to {email}": limit, f"mails of user {user_id}": limit}
    return make_bounds(settings, limits)
