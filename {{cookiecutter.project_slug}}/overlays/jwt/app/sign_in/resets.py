"""Users who have forgotten their password set another one, by the token of a mail.

Each function runs within a transaction of the caller.
"""

from sqlalchemy import bindparam

from app.attempts import service as attempts
from app.auth.database import Transaction
from app.mail import tokens
from app.mail.models import Purpose
from app.mail.senders import Mail
from app.settings import Settings
from app.sign_in.service import set_password
from app.users.models import User
from app.users.verification import (
    RECIPIENTS,
    find_recipient,
    mark_verified,
    use_token,
)

BY_EMAIL = RECIPIENTS.where(User.email == bindparam("address"))


async def mail_to_address(
    transaction: Transaction, settings: Settings, email: str
) -> Mail | None:
    """Return a mail to set a new password, or None where no active user has it."""
    to = await find_recipient(transaction, BY_EMAIL, address=email)
    if to is None:
        return None
    return await tokens.issue(transaction, settings, Purpose.RESET, to)


async def reset_password(transaction: Transaction, token: str, hashed: str) -> None:
    """Set a password, which ends all sign-ins. Raises Invalid.

    The user may sign in again at once, however many attempts have failed. The address
    is verified, too: whoever has the token reads its mails.
    """
    user = await use_token(transaction, token, Purpose.RESET)
    await set_password(transaction, user.user_id, hashed)
    await mark_verified(transaction, user.user_id)
    await attempts.forget(transaction, user.name)
