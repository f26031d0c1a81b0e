"""Users with a role from the beginning, whom no route creates."""

from app.auth.database import Transaction
from app.auth.roles import Role
from app.users import service
from app.users.schemas import UserCreate, UserUpdate
from app.users.verification import mark_verified


async def create_in_role(
    transaction: Transaction, data: UserCreate, hashed: str, role: Role
) -> None:
    """Create a user with a role and a verified address. Raises as `service.create`."""
    user = await service.create(transaction, data, hashed)
    await service.update(transaction, user.id, UserUpdate(role=role))
    await mark_verified(transaction, user.id)
