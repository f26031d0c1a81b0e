"""The tables of signing in: who is signed in, and who tried to."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.database.base import AnyTable, Base, Timestamps


class SignIn(Timestamps, Base):
    """A user who is signed in on a device, until the row is deleted or expires.

    A refresh token has two parts. The first stays the same from one token of a sign-in
    to the next, and finds the row; the second is in use once. Both are stored hashed.
    """

    __tablename__ = "sign_ins"

    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), index=True
    )
    family_hash: Mapped[str] = mapped_column(String(64), unique=True)
    secret_hash: Mapped[str] = mapped_column(String(64))
    expires_at: Mapped[datetime]


class SignInAttempts(AnyTable):
    """The number of attempts of an account or an address, until the window ends."""

    __tablename__ = "sign_in_attempts"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    number: Mapped[int]
    ends_at: Mapped[datetime] = mapped_column(index=True)
