"""How many mails may be asked for, counted as the attempts to sign in are."""

from app.attempts.service import Bound, make_bounds
from app.settings import Settings


def bounds_of_request(settings: Settings, email: str, client: str) -> list[Bound]:
    """Return the bounds of a request for a mail, whether or not there is such a user.

    What the user has done does not count here, or the answer would tell of it.
    """
    limits = {
        f"mails asked for {email}": settings.auth_mails_per_account,
        f"mails for {client}": settings.auth_mails_per_address,
    }
    return make_bounds(settings, limits)


def bounds_of_user(
    settings: Settings, user_id: int, email: str, client: str
) -> list[Bound]:
    """Return the bounds of a mail to a user who has another address, or is new.

    Without them, somebody could send mails to the addresses of others without end.
    """
    limits = {
        f"mails to {email}": settings.auth_mails_per_account,
        f"mails of user {user_id}": settings.auth_mails_per_account,
        f"mails for {client}": settings.auth_mails_per_address,
    }
    return make_bounds(settings, limits)
