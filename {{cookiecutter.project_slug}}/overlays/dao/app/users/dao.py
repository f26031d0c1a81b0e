"""Rows of the users table."""

from dataclasses import dataclass
from datetime import datetime

from app.database.dao import DAO
from app.users.models import User


@dataclass(frozen=True)
class UserRow:
    """A user as the table has it, but for the password."""

    id: int
    username: str
    email: str
    full_name: str | None
    bio: str | None
    is_active: bool
    is_superuser: bool
    created_at: datetime
    updated_at: datetime


class UserDAO(DAO[UserRow]):
    """Reads and writes users."""

    model = User
    row = UserRow
