"""HTTP for users."""

from http import HTTPStatus
from typing import Annotated

from fastapi import Query

from app.auth.access import SignedIn, require
from app.auth.caller import Caller
from app.auth.roles import Role
from app.errors import Forbidden, NotFound
from app.http.dependencies import DatabaseDep
from app.http.fields import Id
from app.http.problems import CONFLICT, NOT_FOUND
from app.http.router import Router
from app.lists.page import Page
# {% if cookiecutter.auth == "jwt" %}
from app.mail.dependencies import MailerDep
from app.users import queries, service, verification
# {% else %}
from app.users import queries, service
# {% endif %}
# {% if cookiecutter.auth == "jwt" %}
from app.users.passwords import hash_password
# {% endif %}
from app.users.schemas import (
    Imported,
    UserCreate,
    UserImports,
    UserQuery,
    UserRead,
    UserUpdate,
)

router = Router(prefix="/users", tags=["users"])

# Nobody changes these of their own account here.
# {% if cookiecutter.auth == "jwt" %}
FOR_ADMINS = {"email", "role", "is_active"}


@router.post("", status_code=HTTPStatus.CREATED, responses=CONFLICT)
async def create_user(
    data: UserCreate, database: DatabaseDep, mailer: MailerDep
) -> UserRead:
    """Register. Everybody may, and gets a mail to verify the address."""
    hashed = await hash_password(data.password)
    user = await database.transaction(service.create, data, hashed)
    mailer.send(verification.mail_to_user, user.id, mailer.client)
    return UserRead.model_validate(user)
# {% else %}
FOR_ADMINS = {"username", "email", "is_active"}


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    responses=CONFLICT,
    dependencies=[require(Role.ADMIN)],
)
async def create_user(data: UserCreate, database: DatabaseDep) -> UserRead:
    """Create a user before the first sign-in, when a verified address finds the row.

    Who signs in without one becomes a user of their own.
    """
    user = await database.transaction(service.create, data)
    return UserRead.model_validate(user)
# {% endif %}


@router.post(
    "/bulk",
    status_code=HTTPStatus.CREATED,
    responses=CONFLICT,
    dependencies=[require(Role.ADMIN)],
)
async def import_users(data: UserImports, database: DatabaseDep) -> Imported:
    # {% if cookiecutter.auth == "jwt" %}
    """Create up to 1,000 users, without passwords: all of them, or none."""
    # {% else %}
    """Create up to 1,000 users before their first sign-in: all of them, or none."""
    # {% endif %}
    return Imported(created=await database.transaction(service.import_all, data.users))


@router.get("", dependencies=[require(Role.STAFF)])
async def list_users(
    query: Annotated[UserQuery, Query()], database: DatabaseDep
) -> Page[UserRead]:
    return await queries.list_users(database, query)


# {% if cookiecutter.auth == "oidc" %}
@router.get("/me", responses=NOT_FOUND)
async def get_me(caller: SignedIn, database: DatabaseDep) -> UserRead:
    return await queries.get_user(database, caller.user_id)


# {% endif %}
@router.get("/{user_id}", responses=NOT_FOUND)
async def get_user(user_id: Id, caller: SignedIn, database: DatabaseDep) -> UserRead:
    """Read oneself or, as staff, anybody."""
    _ensure_is(caller, user_id, or_has=Role.STAFF)
    return await queries.get_user(database, user_id)


@router.patch("/{user_id}", responses=NOT_FOUND | CONFLICT)
async def update_user(
    # {% if cookiecutter.auth == "jwt" %}
    user_id: Id,
    data: UserUpdate,
    caller: SignedIn,
    database: DatabaseDep,
    mailer: MailerDep,
    # {% else %}
    user_id: Id, data: UserUpdate, caller: SignedIn, database: DatabaseDep
    # {% endif %}
) -> UserRead:
    # {% if cookiecutter.auth == "jwt" %}
    """Change one's own profile or, as an admin, anything of anybody.

    Another address gets a mail to verify it; the former one, if it was verified, gets a
    mail that tells of the change.
    """
    # {% else %}
    """Change one's own profile or, as an admin, anything of anybody."""
    # {% endif %}
    _ensure_is(caller, user_id, or_has=Role.ADMIN)
    if data.model_fields_set & FOR_ADMINS and caller.role is not Role.ADMIN:
        raise Forbidden(f"This needs the role {Role.ADMIN}.")
    # {% if cookiecutter.auth == "jwt" %}
    former = await queries.get_user(database, user_id) if data.email else None
    changed = await database.transaction(service.update, user_id, data)
    user = UserRead.model_validate(changed)
    if former:
        verification.mail_change(mailer, former, user)
    return user
    # {% else %}
    user = await database.transaction(service.update, user_id, data)
    return UserRead.model_validate(user)
    # {% endif %}


@router.delete("/{user_id}", status_code=HTTPStatus.NO_CONTENT, responses=NOT_FOUND)
async def deactivate_user(user_id: Id, caller: SignedIn, database: DatabaseDep) -> None:
    # {% if cookiecutter.auth == "jwt" %}
    """Deactivate oneself or, as an admin, anybody, which ends all sign-ins.

    The row stays, so that what refers to it keeps its meaning.
    """
    # {% else %}
    """Deactivate oneself or, as an admin, anybody, whatever the issuer says of them.

    The row stays, so that what refers to it keeps its meaning.
    """
    # {% endif %}
    _ensure_is(caller, user_id, or_has=Role.ADMIN)
    await database.transaction(service.deactivate, user_id)


def _ensure_is(caller: Caller, user_id: int, or_has: Role) -> None:
    """Raise NotFound unless it is the caller's account, or the caller has the role."""
    if not caller.owns_or_is(or_has, user_id):
        raise NotFound(f"There is no user {user_id}.")
