"""Rows of the users table."""

from app.database.dao import DAO
from app.pagination import Page, Slice
from app.users.models import User
from app.users.queries import USERS
from app.users.schemas import UserQuery


class UserDAO(DAO[User]):
    """Reads and writes users."""

    model = User

    async def select_page(self, query: UserQuery) -> Page[User] | Slice[User]:
        """Give a page or slice of the users that match."""
        return await USERS.fetch(self.session, query)
