"""What is done with users, each within a transaction of the caller."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

# {% if cookiecutter.auth == "jwt" %}
from app.auth.database import end_sign_ins
# {% endif %}
from app.errors import ensure_found
from app.users.models import User
# {% if cookiecutter.auth == "oidc" %}
from app.users.repository import UserRepository
from app.users.schemas import UserCreate, UserUpdate
# {% else %}
from app.users.passwords import UNUSABLE_HASH
from app.users.repository import UserRepository
from app.users.schemas import UserCreate, UserImport, UserUpdate
# {% endif %}


# {% if cookiecutter.auth == "oidc" %}
async def create(session: AsyncSession, data: UserCreate) -> User:
    """Create a user who has not signed in yet. Raises Conflict where one is taken."""
    user = User(**data.model_dump())
    UserRepository(session).add(user)
    await session.flush()
    return user


async def import_all(session: AsyncSession, data: Sequence[UserCreate]) -> int:
    """Create users, all or none, and return their number. Raises as `create` does."""
    await UserRepository(session).add_all([each.model_dump() for each in data])
    return len(data)


# {% else %}
async def create(session: AsyncSession, data: UserCreate, hashed: str) -> User:
    """Register a user. Raises Conflict where the username or e-mail is taken."""
    values = data.model_dump(exclude={"password"})
    user = User(**values, hashed_password=hashed)
    UserRepository(session).add(user)
    await session.flush()
    return user


async def import_all(session: AsyncSession, data: Sequence[UserImport]) -> int:
    """Register users, all or none, and return their number. Raises as `create` does."""
    values = {"hashed_password": UNUSABLE_HASH}
    rows = [each.model_dump() | values for each in data]
    await UserRepository(session).add_all(rows)
    return len(rows)


# {% endif %}
# {% if cookiecutter.auth != "none" %}
async def update(session: AsyncSession, user_id: int, data: UserUpdate) -> User:
    """Change what was sent. Raises NotFound, and Conflict as `create` does."""
    user = await get(session, user_id)
    user.change(**data.model_dump(exclude_unset=True))
    # {% if cookiecutter.auth == "jwt" %}
    if not user.is_active or data.role:
        await end_sign_ins(session, user_id)
    # {% endif %}
    await session.flush()
    return user


# {% else %}
async def update(
    session: AsyncSession, user_id: int, data: UserUpdate, hashed: str | None
) -> User:
    """Change what was sent. Raises NotFound, and Conflict as `create` does."""
    changes = data.model_dump(exclude_unset=True, exclude={"password"})
    user = await get(session, user_id)
    user.change(**changes)
    if hashed:
        user.hashed_password = hashed
    await session.flush()
    return user


# {% endif %}
async def deactivate(session: AsyncSession, user_id: int) -> None:
    """Deactivate a user, who stays in the collection. Raises NotFound."""
    user = await get(session, user_id)
    user.deactivate()
    # {% if cookiecutter.auth == "jwt" %}
    await end_sign_ins(session, user_id)
    # {% endif %}


async def get(session: AsyncSession, user_id: int) -> User:
    """Load a user. Raises NotFound."""
    user = await UserRepository(session).get(user_id)
    return ensure_found(user, "user", user_id)
