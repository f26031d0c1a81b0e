"""HTTP for users."""

from http import HTTPStatus
from typing import Annotated

from fastapi import Query

from app.http.dependencies import DatabaseDep
from app.http.fields import Id
from app.http.problems import CONFLICT, NOT_FOUND
from app.http.router import Router
from app.lists.page import Page
from app.users import queries, service
from app.users.passwords import hash_password
from app.users.schemas import (
    Imported,
    UserCreate,
    UserImports,
    UserQuery,
    UserRead,
    UserUpdate,
)

router = Router(prefix="/users", tags=["users"])


@router.post("", status_code=HTTPStatus.CREATED, responses=CONFLICT)
async def create_user(data: UserCreate, database: DatabaseDep) -> UserRead:
    hashed = await hash_password(data.password)
    user = await database.transaction(service.create, data, hashed)
    return UserRead.model_validate(user)


@router.post("/bulk", status_code=HTTPStatus.CREATED, responses=CONFLICT)
async def import_users(data: UserImports, database: DatabaseDep) -> Imported:
    """Create up to 1,000 users, without passwords: all of them, or none."""
    return Imported(created=await database.transaction(service.import_all, data.users))


@router.get("")
async def list_users(
    query: Annotated[UserQuery, Query()], database: DatabaseDep
) -> Page[UserRead]:
    return await queries.list_users(database, query)


@router.get("/{user_id}", responses=NOT_FOUND)
async def get_user(user_id: Id, database: DatabaseDep) -> UserRead:
    return await queries.get_user(database, user_id)


@router.patch("/{user_id}", responses=NOT_FOUND | CONFLICT)
async def update_user(user_id: Id, data: UserUpdate, database: DatabaseDep) -> UserRead:
    hashed = await hash_password(data.password) if data.password else None
    user = await database.transaction(service.update, user_id, data, hashed)
    return UserRead.model_validate(user)


@router.delete("/{user_id}", status_code=HTTPStatus.NO_CONTENT, responses=NOT_FOUND)
async def deactivate_user(user_id: Id, database: DatabaseDep) -> None:
    """Deactivate a user. The row stays, so that what refers to it keeps its meaning."""
    await database.transaction(service.deactivate, user_id)
