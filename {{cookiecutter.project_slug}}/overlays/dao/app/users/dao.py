"""Rows of the users table."""

from app.database.dao import DAO
from app.pagination import Page, fetch_page
from app.users.models import User
from app.users.queries import matching
from app.users.schemas import UserQuery


class UserDAO(DAO[User]):
    """Reads and writes users."""

    model = User

    async def select_page(self, query: UserQuery) -> Page[User]:
        """Give one page of the users that match."""
        return await fetch_page(self.session, matching(query), query)
