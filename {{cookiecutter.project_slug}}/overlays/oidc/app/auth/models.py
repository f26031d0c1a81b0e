"""The table of whom the issuer knows users as."""

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.database.base import Base, Timestamps


class Identity(Timestamps, Base):
    """A user who has signed in at the issuer, and is found by its subject from then on.

    The key stands for issuer and subject: see `Subject`.
    """

    __tablename__ = "identities"

    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), unique=True
    )
    key: Mapped[str] = mapped_column(String(64), unique=True)
    issuer: Mapped[str] = mapped_column(String(500))
    subject: Mapped[str] = mapped_column(String(255))
