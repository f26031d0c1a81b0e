"""The table of tokens that were sent by mail."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.database.base import AnyTable
from app.database.enums import enum_type


class Purpose(StrEnum):
    """What a token is for."""

    VERIFY = "verify"
    RESET = "reset"


class EmailToken(AnyTable):
    """The newest token of a user for a purpose, stored hashed.

    It is valid once, until it expires, while the user has the address it was sent to.
    """

    __tablename__ = "email_tokens"

    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    purpose: Mapped[Purpose] = mapped_column(
        enum_type(Purpose, "purpose"), primary_key=True
    )
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    email: Mapped[str] = mapped_column(String(320))
    expires_at: Mapped[datetime]
