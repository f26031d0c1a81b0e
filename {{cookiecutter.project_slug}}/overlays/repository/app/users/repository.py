"""The users of the service, as a collection."""

from app.database.repository import Repository
from app.pagination import Page, fetch_page
from app.users.models import User
from app.users.queries import matching
from app.users.schemas import UserQuery


class UserRepository(Repository[User]):
    """All users."""

    aggregate = User

    async def page(self, query: UserQuery) -> Page[User]:
        """Give one page of the users that match."""
        return await fetch_page(self._session, matching(query), query)
