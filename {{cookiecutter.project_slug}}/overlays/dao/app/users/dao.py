"""Rows of the users table."""

from app.database.dao import DAO
from app.users.models import User


class UserDAO(DAO[User]):
    """Reads and writes users."""

    model = User
