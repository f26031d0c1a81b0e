"""What the service does with users: one method, one unit of work."""

from collections.abc import Sequence

from app.database.retries import retried
from app.database.session import Database
from app.errors import found
from app.unit_of_work import UnitOfWork, unit_of_work
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
        user = User(**await with_hashed_password(data.model_dump()))
        async with unit_of_work(self._database) as uow:
            uow.users.add(user)
            await uow.commit()
        return user

    @retried
    async def import_all(self, data: Sequence[UserImport]) -> int:
        """Register users, all or none, and count them. Raises Conflict as `create`."""
        values = {"hashed_password": UNUSABLE_HASH}
        rows = [each.model_dump() | values for each in data]
        async with unit_of_work(self._database) as uow:
            await uow.users.add_all(rows)
            await uow.commit()
        return len(rows)

    @retried
    async def update(self, user_id: int, data: UserUpdate) -> User:
        """Change what was sent. Raises NotFound, and Conflict as `create` does."""
        changes = await with_hashed_password(data.model_dump(exclude_unset=True))
        async with unit_of_work(self._database) as uow:
            user = await _get(uow, user_id)
            user.change(**changes)
            await uow.commit()
        return user

    @retried
    async def deactivate(self, user_id: int) -> None:
        """Deactivate a user, who stays in the collection. Raises NotFound."""
        async with unit_of_work(self._database) as uow:
            user = await _get(uow, user_id)
            user.deactivate()
            await uow.commit()


async def _get(uow: UnitOfWork, user_id: int) -> User:
    return found(await uow.users.get(user_id), "user", user_id)
