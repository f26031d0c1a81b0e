"""The table of who is signed in."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.database.base import Base, Timestamps


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
