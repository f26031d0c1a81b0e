"""What the service does with users: one method, one transaction."""

from collections.abc import Sequence

from app.database.retries import retried
from app.database.session import Database
from app.errors import found
from app.users.dao import UserDAO
from app.users.models import User
from app.users.passwords import UNUSABLE_HASH, with_hashed_password
from app.users.schemas import UserCreate, UserImport, UserUpdate


class UserService:
    """The use cases of users. Each raises Unavailable when the database is away."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @retried
    async def create(self, data: UserCreate) -> User:
        """Register a user. Raises Conflict when the username or e-mail is taken."""
        values = await with_hashed_password(data.model_dump())
        async with self._database.session() as session:
            user = await UserDAO(session).insert(**values)
            await session.commit()
        return user

    @retried
    async def import_all(self, data: Sequence[UserImport]) -> int:
        """Register users, all or none, and count them. Raises Conflict as `create`."""
        values = {"hashed_password": UNUSABLE_HASH}
        rows = [each.model_dump() | values for each in data]
        async with self._database.session() as session:
            await UserDAO(session).insert_all(rows)
            await session.commit()
        return len(rows)

    @retried
    async def update(self, user_id: int, data: UserUpdate) -> User:
        """Change what was sent. Raises NotFound, and Conflict as `create` does."""
        values = await with_hashed_password(data.model_dump(exclude_unset=True))
        async with self._database.session() as session:
            user = await UserDAO(session).update(user_id, **values)
            user = found(user, "user", user_id)
            await session.commit()
        return user

    @retried
    async def deactivate(self, user_id: int) -> None:
        """Deactivate a user; the row stays. Raises NotFound."""
        async with self._database.session() as session:
            user = await UserDAO(session).update(user_id, is_active=False)
            found(user, "user", user_id)
            await session.commit()
