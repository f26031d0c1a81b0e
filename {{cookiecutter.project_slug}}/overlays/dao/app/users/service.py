"""What is done with users, each within a transaction of the caller."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

# {% if cookiecutter.auth == "jwt" %}
from app.auth.database import end_sign_ins
# {% endif %}
from app.errors import ensure_found
from app.users.dao import UserDAO, UserRow
# {% if cookiecutter.auth == "oidc" %}
from app.users.schemas import UserCreate, UserUpdate
# {% else %}
from app.users.passwords import UNUSABLE_HASH
from app.users.schemas import UserCreate, UserImport, UserUpdate
# {% endif %}


# {% if cookiecutter.auth == "oidc" %}
async def create(connection: AsyncConnection, data: UserCreate) -> UserRow:
    """Create a user who has not signed in yet. Raises Conflict where one is taken."""
    return await UserDAO(connection).insert(**data.model_dump())


async def import_all(connection: AsyncConnection, data: Sequence[UserCreate]) -> int:
    """Create users, all or none, and return their number. Raises as `create` does."""
    await UserDAO(connection).insert_all([each.model_dump() for each in data])
    return len(data)


# {% else %}
async def create(connection: AsyncConnection, data: UserCreate, hashed: str) -> UserRow:
    """Register a user. Raises Conflict where the username or e-mail is taken."""
    values = data.model_dump(exclude={"password"})
    return await UserDAO(connection).insert(**values, hashed_password=hashed)


async def import_all(connection: AsyncConnection, data: Sequence[UserImport]) -> int:
    """Register users, all or none, and return their number. Raises as `create` does."""
    values = {"hashed_password": UNUSABLE_HASH}
    rows = [each.model_dump() | values for each in data]
    await UserDAO(connection).insert_all(rows)
    return len(rows)


# {% endif %}
# {% if cookiecutter.auth != "none" %}
async def update(
    connection: AsyncConnection, user_id: int, data: UserUpdate
) -> UserRow:
    """Change what was sent. Raises NotFound, and Conflict as `create` does."""
    changes = data.model_dump(exclude_unset=True)
    # {% if cookiecutter.auth == "jwt" %}
    if data.email and data.email != (await get(connection, user_id)).email:
        changes["email_verified_at"] = None
    # {% endif %}
    found = await UserDAO(connection).update(user_id, **changes)
    # {% if cookiecutter.auth == "jwt" %}
    user = ensure_found(found, "user", user_id)
    if not user.is_active or data.role:
        await end_sign_ins(connection, user_id)
    return user
    # {% else %}
    return ensure_found(found, "user", user_id)
    # {% endif %}


# {% else %}
async def update(
    connection: AsyncConnection, user_id: int, data: UserUpdate, hashed: str | None
) -> UserRow:
    """Change what was sent. Raises NotFound, and Conflict as `create` does."""
    changes = data.model_dump(exclude_unset=True, exclude={"password"})
    if hashed:
        changes["hashed_password"] = hashed
    user = await UserDAO(connection).update(user_id, **changes)
    return ensure_found(user, "user", user_id)


# {% endif %}
async def deactivate(connection: AsyncConnection, user_id: int) -> None:
    """Deactivate a user; the row stays. Raises NotFound."""
    user = await UserDAO(connection).update(user_id, is_active=False)
    ensure_found(user, "user", user_id)
    # {% if cookiecutter.auth == "jwt" %}
    await end_sign_ins(connection, user_id)
    # {% endif %}


async def get(connection: AsyncConnection, user_id: int) -> UserRow:
    """Fetch a user. Raises NotFound."""
    user = await UserDAO(connection).get(user_id)
    return ensure_found(user, "user", user_id)
