"""Tokens that users get by mail; each function runs within a transaction of the caller."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from app.auth.database import Transaction, write
from app.database.base import utc_now
from app.database.types import TIMESTAMP
from app.errors import Invalid, Retryable
from app.mail.messages import lifetime_of, write_mail
from app.mail.models import EmailToken, Purpose
from app.mail.senders import Mail
from app.settings import Settings

# Built once: building a statement takes longer than sending it.
TABLE = EmailToken.__table__
OF_USER = (
    TABLE.c.user_id == bindparam("owner_id"),
    TABLE.c.purpose == bindparam("wanted"),
)
REPLACED = (
    update(TABLE)
    .where(*OF_USER)
    .values(
        token_hash=bindparam("hash"),
        email=bindparam("address"),
        expires_at=bindparam("ends", type_=TIMESTAMP),
    )
)
FIRST = insert(TABLE)
VALID = select(TABLE.c.user_id, TABLE.c.email).where(
    TABLE.c.token_hash == bindparam("hash"),
    TABLE.c.purpose == bindparam("wanted"),
    TABLE.c.expires_at > bindparam("now", type_=TIMESTAMP),
)
USED = delete(TABLE).where(TABLE.c.token_hash == bindparam("hash"))
REVOKED = delete(TABLE).where(*OF_USER)


@dataclass(frozen=True)
class Recipient:
    """A user, as the mails name them."""

    user_id: int
    name: str
    email: str


@dataclass(frozen=True)
class Holder:
    """The user who has a token, and the address that it was sent to."""

    user_id: int
    email: str


async def issue(
    transaction: Transaction, settings: Settings, purpose: Purpose, to: Recipient
) -> Mail:
    """Return a mail with a new token, in place of any that the user had."""
    token = secrets.token_urlsafe(32)
    expires_at = utc_now() + timedelta(seconds=lifetime_of(settings, purpose))
    key = {"owner_id": to.user_id, "wanted": purpose}
    new = {"hash": _digest(token), "address": to.email, "ends": expires_at}
    replaced = await write(transaction, REPLACED, key | new)
    if not replaced.rowcount:
        row = {
            "user_id": to.user_id,
            "purpose": purpose,
            "token_hash": _digest(token),
            "email": to.email,
            "expires_at": expires_at,
        }
        await _insert(transaction, row)
    return write_mail(settings, purpose, to.name, to.email, token)


async def ensure_valid(transaction: Transaction, token: str, purpose: Purpose) -> None:
    """Raise Invalid unless a token is valid, and leave it so."""
    await _find(transaction, token, purpose)


async def use(transaction: Transaction, token: str, purpose: Purpose) -> Holder:
    """Return who has a token, which is then no longer valid. Raises Invalid."""
    holder = await _find(transaction, token, purpose)
    used = await write(transaction, USED, {"hash": _digest(token)})
    if not used.rowcount:
        raise not_valid()
    return holder


async def revoke(transaction: Transaction, user_id: int, purpose: Purpose) -> None:
    """Make the token invalid that a user has for a purpose, if there is one."""
    await write(transaction, REVOKED, {"owner_id": user_id, "wanted": purpose})


def not_valid() -> Invalid:
    """Return the error for a token that is not valid, whatever the reason."""
    error = {"field": "body.token", "message": "is not valid"}
    return Invalid("The token is not valid. Ask for another mail.", errors=[error])


async def _find(transaction: Transaction, token: str, purpose: Purpose) -> Holder:
    values = {"hash": _digest(token), "wanted": purpose, "now": utc_now()}
    result = await transaction.execute(VALID, values)
    found = result.first()
    if found is None:
        raise not_valid()
    return Holder(*found)


async def _insert(transaction: Transaction, row: dict[str, Any]) -> None:
    try:
        await write(transaction, FIRST, row)
    except IntegrityError as error:
        raise Retryable("Another request makes the first token, too.") from error


def _digest(token: str) -> str:
    # It is random and long: a slow hash would add nothing.
    return sha256(token.encode()).hexdigest()
