"""HTTP for users."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query

from app.database.rows import AnyRow, Record
from app.fields import Id
from app.pagination import Page, PartRead, Slice
from app.problems import problem_responses
# {% if cookiecutter.concurrency == "sync" %}
from app.threads import ThreadRoute
# {% endif %}
from app.users.dependencies import UserQueriesDep, UserServiceDep
from app.users.models import User
from app.users.schemas import (
    Imported,
    UserCreate,
    UserImports,
    UserQuery,
    UserRead,
    UserUpdate,
)

# {% if cookiecutter.concurrency == "sync" %}
router = APIRouter(prefix="/users", tags=["users"], route_class=ThreadRoute)
# {% else %}
router = APIRouter(prefix="/users", tags=["users"])
# {% endif %}

NOT_FOUND = problem_responses(HTTPStatus.NOT_FOUND)
CONFLICT = problem_responses(HTTPStatus.CONFLICT)


@router.post(
    "", response_model=UserRead, status_code=HTTPStatus.CREATED, responses=CONFLICT
)
async def create_user(data: UserCreate, users: UserServiceDep) -> User:
    return await users.create(data)


@router.post("/bulk", status_code=HTTPStatus.CREATED, responses=CONFLICT)
async def import_users(data: UserImports, users: UserServiceDep) -> Imported:
    """Create up to 1,000 users, without passwords: all of them, or none."""
    return Imported(created=await users.import_all(data.users))


@router.get("", response_model=PartRead[UserRead])
async def list_users(
    query: Annotated[UserQuery, Query()], users: UserQueriesDep
) -> Page[Record] | Slice[Record]:
    return await users.page(query)


@router.get("/{user_id}", response_model=UserRead, responses=NOT_FOUND)
async def get_user(user_id: Id, users: UserQueriesDep) -> AnyRow:
    return await users.get(user_id)


@router.patch("/{user_id}", response_model=UserRead, responses=NOT_FOUND | CONFLICT)
async def update_user(user_id: Id, data: UserUpdate, users: UserServiceDep) -> User:
    return await users.update(user_id, data)


@router.delete("/{user_id}", status_code=HTTPStatus.NO_CONTENT, responses=NOT_FOUND)
async def deactivate_user(user_id: Id, users: UserServiceDep) -> None:
    """Deactivate a user. The row stays, so that what refers to it keeps its meaning."""
    await users.deactivate(user_id)
