"""The users of the service, as a collection."""

from app.database.repository import Repository
from app.pagination import Page, Slice, fetch
from app.users.models import User
from app.users.queries import matching
from app.users.schemas import UserQuery


class UserRepository(Repository[User]):
    """All users."""

    aggregate = User

    async def page(self, query: UserQuery) -> Page[User] | Slice[User]:
        """Give a page or slice of the users that match."""
        return await fetch(self._session, matching(query), User, query)
