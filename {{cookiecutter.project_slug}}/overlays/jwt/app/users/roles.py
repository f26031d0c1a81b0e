"""Users with a role from the beginning, whom no route creates."""

from app.auth.database import Transaction
from app.auth.roles import Role
from app.users import service
from app.users.schemas import UserCreate, UserUpdate


async def create_in_role(
    transaction: Transaction, data: UserCreate, hashed: str, role: Role
) -> None:
    """Create a user with a role. Raises Conflict as `service.create` does."""
    user = await service.create(transaction, data, hashed)
    await service.update(transaction, user.id, UserUpdate(role=role))
