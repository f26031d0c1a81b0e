"""Rows of the users table."""

from dataclasses import dataclass
from datetime import datetime

# {% if cookiecutter.auth != "none" %}
from app.auth.roles import Role
# {% endif %}
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
    # {% if cookiecutter.auth != "none" %}
    role: Role
    email_verified_at: datetime | None
    # {% else %}
    is_superuser: bool
    # {% endif %}
    created_at: datetime
    updated_at: datetime


class UserDAO(DAO[UserRow]):
    """Reads and writes users."""

    model = User
    row = UserRow
