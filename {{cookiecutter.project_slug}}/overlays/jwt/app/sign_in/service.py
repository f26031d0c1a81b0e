"""What is done with sign-ins, each within a transaction of the caller."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import cast

from sqlalchemy import bindparam, delete, insert, select, update

from app.attempts import service as attempts
from app.attempts.service import Bound
from app.auth.caller import Caller
from app.auth.database import Transaction, end_sign_ins, write
from app.auth.models import SignIn
from app.auth.roles import Role
from app.database.base import utc_now
from app.database.types import TIMESTAMP
from app.mail import tokens
from app.mail.models import Purpose
from app.sign_in.queries import Account
from app.users import service as users
from app.users.models import User
from app.users.schemas import UserRead, UserUpdate

# Built once: building a statement takes longer than sending it.
TABLE = SignIn.__table__
NOW = bindparam("now", type_=TIMESTAMP)
# Locked until the commit, so that a change of the password or a deactivation meanwhile
# ends this sign-in, too.
ROLE = (
    select(User.role)
    .where(
        User.id == bindparam("user_id"),
        User.hashed_password == bindparam("hashed"),
        User.is_active,
    )
    .with_for_update()
)
BEGUN = insert(TABLE)
EXPIRED = delete(TABLE).where(
    TABLE.c.user_id == bindparam("owner_id"), TABLE.c.expires_at <= NOW
)
OF_FAMILY = (
    select(SignIn.id, User.id.label("user_id"), User.role)
    .join(User, User.id == SignIn.user_id)
    .where(
        SignIn.family_hash == bindparam("family"),
        SignIn.expires_at > NOW,
        User.is_active,
    )
)
ROTATED = (
    update(TABLE)
    .where(
        TABLE.c.family_hash == bindparam("family"),
        TABLE.c.secret_hash == bindparam("used"),
    )
    .values(secret_hash=bindparam("next"), updated_at=NOW)
)
FAMILY_ENDED = delete(TABLE).where(TABLE.c.family_hash == bindparam("family"))
NEW_PASSWORD = (
    update(User.__table__)
    .where(User.__table__.c.id == bindparam("owner_id"))
    .values(hashed_password=bindparam("hashed"), updated_at=NOW)
)

FAMILY_LENGTH = 22  # characters; the secret that follows them has 43


@dataclass(frozen=True)
class Grant:
    """What a user who has signed in is granted."""

    caller: Caller
    refresh_token: str


async def begin(
    transaction: Transaction, account: Account, bounds: Sequence[Bound], lifetime: float
) -> Grant | None:
    """Sign in a user whose password was right, for so many seconds.

    Returns None where the user is not active, or has another password meanwhile.
    """
    user_id = account.user_id
    values = {"user_id": user_id, "hashed": account.hashed_password}
    role = await transaction.scalar(ROLE, values)
    if role is None:
        return None
    await attempts.take_back(transaction, bounds)
    now = utc_now()
    await write(transaction, EXPIRED, {"owner_id": user_id, "now": now})
    family, secret = secrets.token_urlsafe(16), secrets.token_urlsafe(32)
    row = {
        "user_id": user_id,
        "family_hash": _digest(family),
        "secret_hash": _digest(secret),
        "expires_at": now + timedelta(seconds=lifetime),
    }
    inserted = await write(transaction, BEGUN, row)
    [sign_in_id] = cast(Sequence[int], inserted.inserted_primary_key)
    return Grant(Caller(user_id, sign_in_id, Role(role)), family + secret)


async def refresh(transaction: Transaction, refresh_token: str) -> Grant | None:
    """Replace a refresh token by the next one.

    Returns None where it is not valid. If it was used before, somebody else has it, too:
    then the sign-in ends, for both of them. The caller must commit that.
    """
    family, used = _parts_of(refresh_token)
    secret = secrets.token_urlsafe(32)
    now = utc_now()
    values = {"family": _digest(family), "now": now}
    next_secret = {"used": _digest(used), "next": _digest(secret)}
    rotated = await write(transaction, ROTATED, values | next_secret)
    found = await transaction.execute(OF_FAMILY, values)
    row = found.first()
    if row is None or not rotated.rowcount:
        await write(transaction, FAMILY_ENDED, {"family": values["family"]})
        return None
    return Grant(Caller(row.user_id, row.id, Role(row.role)), family + secret)


async def end(transaction: Transaction, refresh_token: str) -> None:
    """End the sign-in of a refresh token, if there is one."""
    family, _ = _parts_of(refresh_token)
    await write(transaction, FAMILY_ENDED, {"family": _digest(family)})


async def change_password(
    transaction: Transaction, user_id: int, hashed: str, bounds: Sequence[Bound]
) -> None:
    """Set a password, after the current one was right, and end all sign-ins."""
    await attempts.take_back(transaction, bounds)
    await set_password(transaction, user_id, hashed)


async def change_email(
    transaction: Transaction, user_id: int, email: str, bounds: Sequence[Bound]
) -> UserRead:
    """Set another address, after the password was right. Raises Conflict if it is taken."""
    await attempts.take_back(transaction, bounds)
    user = await users.update(transaction, user_id, UserUpdate(email=email))
    return UserRead.model_validate(user)


async def set_password(transaction: Transaction, user_id: int, hashed: str) -> None:
    """Set a password, end all sign-ins, and let no mail set another one."""
    await tokens.revoke(transaction, user_id, Purpose.RESET)
    new = {"owner_id": user_id, "hashed": hashed, "now": utc_now()}
    await write(transaction, NEW_PASSWORD, new)
    await end_sign_ins(transaction, user_id)


def _parts_of(refresh_token: str) -> tuple[str, str]:
    return refresh_token[:FAMILY_LENGTH], refresh_token[FAMILY_LENGTH:]


def _digest(text: str) -> str:
    # The parts are random and long: a slow hash would add nothing.
    return sha256(text.encode()).hexdigest()
