"""Columns of users for signing in."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column


class VerifiedEmail:
    """When a user was seen to read the mails to the address, if ever."""

    email_verified_at: Mapped[datetime | None] = mapped_column(sort_order=1)
