"""What is read to sign in."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, or_, select

from app.database.database import Database
from app.users.models import User

# Built once: building a statement takes longer than sending it.
PASSWORDS = select(User.id, User.username, User.hashed_password, User.email_verified_at)
BY_NAME = PASSWORDS.where(
    or_(User.username == bindparam("name"), User.email == bindparam("name"))
)
BY_ID = PASSWORDS.where(User.id == bindparam("user_id"))


@dataclass(frozen=True)
class Account:
    """A user, and the hash of the password."""

    user_id: int
    username: str
    hashed_password: str
    email_verified_at: datetime | None


async def account_by_name(database: Database, name: str) -> Account | None:
    """Fetch the account with a username or e-mail address, or None."""
    rows = await database.fetch_rows(BY_NAME, name=name.lower())
    return Account(*rows[0]) if rows else None


async def account_by_id(database: Database, user_id: int) -> Account | None:
    """Fetch the account of a user, or None."""
    rows = await database.fetch_rows(BY_ID, user_id=user_id)
    return Account(*rows[0]) if rows else None
