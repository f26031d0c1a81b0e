"""What clients see of users."""

from sqlalchemy import bindparam, select

from app.database.rows import AnyRow, Record, columns_for
from app.database.session import Database
from app.errors import found
from app.listing import Listing, containing
from app.pagination import Page, Slice
from app.users.models import User
from app.users.schemas import UserQuery, UserRead

# Built once: to build a statement takes longer than to send it.
USERS = select(*columns_for(UserRead, User))
USER = USERS.where(User.id == bindparam("user_id"))
LISTED = Listing(
    USERS,
    User,
    filters={
        "search": containing("search", User.username, User.email, User.full_name),
        "is_active": User.is_active == bindparam("is_active"),
    },
)


class UserQueries:
    """Users as UserRead reads them. All raise Unavailable when the database is away."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, user_id: int) -> AnyRow:
        """Give a user. Raises NotFound."""
        user = await self._database.fetch_one(USER, user_id=user_id)
        return found(user, "user", user_id)

    async def page(self, query: UserQuery) -> Page[Record] | Slice[Record]:
        """Give a page or slice of the users that match."""
        return await LISTED.fetch(self._database, query)
