"""What clients see of users."""

from sqlalchemy import bindparam, select

from app.database.database import Database
from app.database.rows import columns_for
from app.errors import ensure_found
from app.lists.listing import Listing, containing
from app.lists.page import Page
from app.users.models import User
from app.users.schemas import UserQuery, UserRead

# Built once: building a statement takes longer than sending it.
USERS = select(*columns_for(UserRead, User))
USER = USERS.where(User.id == bindparam("user_id"))
USER_LIST = Listing(
    Page[UserRead],
    UserQuery,
    USERS,
    User,
    filters={"search": containing(User.username, User.email, User.full_name)},
)


async def get_user(database: Database, user_id: int) -> UserRead:
    """Fetch a user. Raises NotFound."""
    user = await database.fetch_one(UserRead, USER, user_id=user_id)
    return ensure_found(user, "user", user_id)


async def list_users(database: Database, query: UserQuery) -> Page[UserRead]:
    """Fetch a page of the users that match."""
    return await USER_LIST.fetch(database, query)
