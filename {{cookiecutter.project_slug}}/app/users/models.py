# {% if cookiecutter.data_access == "repository" %}
"""The user: a table, and the rules of what it holds."""

from typing import Any

# {% else %}
"""The users table."""

# {% endif %}
from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

# {% if cookiecutter.auth == "jwt" %}
from app.auth.columns import VerifiedEmail
from app.auth.roles import Role
# {% endif %}
from app.database.base import Base, Timestamps
# {% if cookiecutter.auth == "jwt" %}
from app.database.enums import enum_type
# {% endif %}


class User({{ "VerifiedEmail, Timestamps" if cookiecutter.auth == "jwt" else "Timestamps" }}, Base):
    """Someone who may use the service."""

    __tablename__ = "users"
    __table_args__ = (Index(None, "email", "is_active"),)

    username: Mapped[str] = mapped_column(String(50), unique=True)
    # {% if cookiecutter.auth == "oidc" %}
    # None where the issuer tells none, or one that another user has.
    email: Mapped[str | None] = mapped_column(String(320), unique=True)
    # {% else %}
    email: Mapped[str] = mapped_column(String(320), unique=True)
    # {% endif %}
    full_name: Mapped[str | None] = mapped_column(String(200))
    bio: Mapped[str | None] = mapped_column(Text)
    is_active: Mapped[bool] = mapped_column(default=True)
    # {% if cookiecutter.auth == "jwt" %}
    role: Mapped[Role] = mapped_column(enum_type(Role, "role"), default=Role.USER)
    # {% elif cookiecutter.auth == "none" %}
    is_superuser: Mapped[bool] = mapped_column(default=False)
    # {% endif %}
    # {% if cookiecutter.auth != "oidc" %}
    hashed_password: Mapped[str] = mapped_column(String(200))
    # {% endif %}
    # {% if cookiecutter.data_access == "repository" %}

    def change(self, **changes: Any) -> None:
        """Change details of the user. Raises AttributeError for an unknown name."""
        # {% if cookiecutter.auth == "jwt" %}
        if changes.get("email", self.email) != self.email:
            self.email_verified_at = None
        # {% endif %}
        for name, value in changes.items():
            if name not in self.__mapper__.columns:
                raise AttributeError(f"a user has no {name}")
            setattr(self, name, value)

    def deactivate(self) -> None:
        """Keep the user from using the service from now on."""
        self.is_active = False
    # {% endif %}
