"""The users of the service, as a collection."""

from app.database.repository import Repository
from app.pagination import Page, Slice
from app.users.models import User
from app.users.queries import USERS
from app.users.schemas import UserQuery


class UserRepository(Repository[User]):
    """All users."""

    aggregate = User

    async def page(self, query: UserQuery) -> Page[User] | Slice[User]:
        """Give a page or slice of the users that match."""
        return await USERS.fetch(self._session, query)
