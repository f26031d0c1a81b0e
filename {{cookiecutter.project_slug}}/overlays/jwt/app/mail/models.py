"""The table of tokens that were sent by mail."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Enum, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.database.base import AnyTable


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
    # Text with a CHECK, as the role of a user is.
    purpose: Mapped[Purpose] = mapped_column(
        Enum(
            Purpose,
            name="purpose",
            native_enum=False,
            create_constraint=True,
            length=20,
            values_callable=lambda purposes: [each.value for each in purposes],
        ),
        primary_key=True,
    )
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    email: Mapped[str] = mapped_column(String(320))
    expires_at: Mapped[datetime]
