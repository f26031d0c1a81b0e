"""Sessions of admins: sign-ins that no token renews."""

from sqlalchemy import bindparam, delete, select
from starlette.requests import Request

from app.auth.caller import Caller
from app.auth.database import Transaction, write
from app.auth.models import SignIn
from app.auth.roles import Role
from app.database.base import utc_now
from app.database.database import Database
from app.database.types import TIMESTAMP
from app.errors import Forbidden
from app.settings import Settings
from app.sign_in import service
from app.sign_in.router import begin_sign_in
from app.sign_in.schemas import Credentials
from app.users.models import User

LIFETIME = 8 * 3600  # seconds: a working day

TABLE = SignIn.__table__
OF_ADMIN = (
    select(SignIn.id)
    .join(User, User.id == SignIn.user_id)
    .where(
        SignIn.id == bindparam("sign_in_id"),
        SignIn.user_id == bindparam("user_id"),
        SignIn.expires_at > bindparam("now", type_=TIMESTAMP),
        User.is_active,
        User.role == Role.ADMIN,
    )
)
ENDED = delete(TABLE).where(
    TABLE.c.id == bindparam("sign_in_id"), TABLE.c.user_id == bindparam("owner_id")
)


async def begin(
    database: Database, credentials: Credentials, request: Request, settings: Settings
) -> Caller:
    """Sign in an admin, as `POST /auth/token` does and within the same bounds.

    Raises Unauthorized, Forbidden for another role, TooManyAttempts and Unavailable.
    """
    grant = await begin_sign_in(database, credentials, request, settings, LIFETIME)
    if grant.caller.role.includes(Role.ADMIN):
        return grant.caller
    await database.transaction(service.end, grant.refresh_token)
    raise Forbidden(f"This needs the role {Role.ADMIN}.")


async def is_open(transaction: Transaction, caller: Caller) -> bool:
    """Return whether the session has not ended, and its user is an active admin."""
    values = {"sign_in_id": caller.sign_in_id, "user_id": caller.user_id}
    found = await transaction.scalar(OF_ADMIN, values | {"now": utc_now()})
    return found is not None


async def end(transaction: Transaction, caller: Caller) -> None:
    """End the session, if it is open."""
    values = {"sign_in_id": caller.sign_in_id, "owner_id": caller.user_id}
    await write(transaction, ENDED, values)
