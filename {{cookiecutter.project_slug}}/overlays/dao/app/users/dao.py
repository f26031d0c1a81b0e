"""Rows of the users table."""

from dataclasses import dataclass
from datetime import datetime

# {% if cookiecutter.auth == "jwt" %}
from app.auth.roles import Role
# {% endif %}
from app.database.dao import DAO
from app.users.models import User


@dataclass(frozen=True)
class UserRow:
    # {% if cookiecutter.auth == "oidc" %}
    """A user as the table has it."""
    # {% else %}
    """A user as the table has it, but for the password."""
    # {% endif %}

    id: int
    username: str
    # {% if cookiecutter.auth == "oidc" %}
    email: str | None
    # {% else %}
    email: str
    # {% endif %}
    full_name: str | None
    bio: str | None
    is_active: bool
    # {% if cookiecutter.auth == "jwt" %}
    role: Role
    email_verified_at: datetime | None
    # {% elif cookiecutter.auth == "none" %}
    is_superuser: bool
    # {% endif %}
    created_at: datetime
    updated_at: datetime


class UserDAO(DAO[UserRow]):
    """Reads and writes users."""

    model = User
    row = UserRow
