"""Users show that an e-mail address is theirs, by the token of a mail.

Each function runs within a transaction of the caller.
"""

from typing import Any

from sqlalchemy import bindparam, func, select, update

from app.attempts import service as attempts
from app.auth.database import Transaction, write
from app.database.base import utc_now
from app.database.rows import AnySelect
from app.database.types import TIMESTAMP
from app.mail import tokens
from app.mail.bounds import bounds_of_user
from app.mail.mailer import Mailer
from app.mail.messages import write_notice
from app.mail.models import Purpose
from app.mail.senders import Mail
from app.mail.tokens import Recipient
from app.settings import Settings
from app.users.models import User
from app.users.schemas import UserRead

# Built once: building a statement takes longer than sending it.
TABLE = User.__table__
NOW = bindparam("now", type_=TIMESTAMP)
RECIPIENTS = select(User.id, User.username, User.email).where(User.is_active)
UNVERIFIED = RECIPIENTS.where(User.email_verified_at.is_(None))
UNVERIFIED_BY_ID = UNVERIFIED.where(User.id == bindparam("owner_id"))
UNVERIFIED_BY_EMAIL = UNVERIFIED.where(User.email == bindparam("address"))
# Locked until the commit, so that nobody changes the address meanwhile.
HOLDER = RECIPIENTS.where(User.id == bindparam("owner_id")).with_for_update()
VERIFIED = (
    update(TABLE)
    .where(TABLE.c.id == bindparam("owner_id"))
    .values(
        email_verified_at=func.coalesce(TABLE.c.email_verified_at, NOW), updated_at=NOW
    )
)


async def mail_to_user(
    transaction: Transaction, settings: Settings, user_id: int, client: str
) -> Mail | None:
    """Return a mail to verify a user's address, or None where that is not needed.

    Raises TooManyAttempts where the user, the address or the client has had its share.
    """
    to = await find_recipient(transaction, UNVERIFIED_BY_ID, owner_id=user_id)
    if to is None:
        return None
    bounds = bounds_of_user(settings, user_id, to.email, client)
    await attempts.count(transaction, bounds)
    return await tokens.issue(transaction, settings, Purpose.VERIFY, to)


async def mail_to_address(
    transaction: Transaction, settings: Settings, email: str
) -> Mail | None:
    """Return a mail to verify an address, or None where that is not needed."""
    to = await find_recipient(transaction, UNVERIFIED_BY_EMAIL, address=email)
    if to is None:
        return None
    return await tokens.issue(transaction, settings, Purpose.VERIFY, to)


def mail_change(mailer: Mailer, former: UserRead, user: UserRead) -> None:
    """Send the mails about another address: to verify it, and to tell the former one.

    A former address that was not verified gets none: it may be anybody's.
    """
    if user.email == former.email:
        return
    if former.email_verified_at:
        mailer.post(write_notice(former.username, former.email))
    mailer.send(mail_to_user, user.id, mailer.client)


async def verify_email(transaction: Transaction, token: str) -> None:
    """Mark the address of a token as verified. Raises Invalid."""
    user = await use_token(transaction, token, Purpose.VERIFY)
    await mark_verified(transaction, user.user_id)


async def mark_verified(transaction: Transaction, user_id: int) -> None:
    """Mark the address that a user has as verified, if it is not yet."""
    await write(transaction, VERIFIED, {"owner_id": user_id, "now": utc_now()})


async def use_token(
    transaction: Transaction, token: str, purpose: Purpose
) -> Recipient:
    """Return the user of a token, locked, who cannot use it again. Raises Invalid.

    A user who is not active, or has another address by now, has no valid token.
    """
    holder = await tokens.use(transaction, token, purpose)
    user = await find_recipient(transaction, HOLDER, owner_id=holder.user_id)
    # Compared here, because databases may take other letters for the same.
    if user is None or user.email != holder.email:
        raise tokens.not_valid()
    return user


async def find_recipient(
    transaction: Transaction, statement: AnySelect, **values: Any
) -> Recipient | None:
    """Return the first row of a select of recipients, or None."""
    result = await transaction.execute(statement, values)
    found = result.first()
    return Recipient(*found) if found else None
