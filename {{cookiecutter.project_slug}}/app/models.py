"""Imports every table, so that Alembic and the tests see the whole schema."""

from app.database.base import Base
from app.users.models import User

metadata = Base.metadata

__all__ = ["User", "metadata"]
