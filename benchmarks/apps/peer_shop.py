"""A part of the generated shop for the peer's application, in the style of its own example.

It is added to the generated peer, whose settings, lifespan, session per request (which
commits after the answer) and class-based DAOs are unchanged.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar

from fastapi import APIRouter, Depends, FastAPI, HTTPException
from peer.db.dependencies import get_db_session
from peer.web.application import get_app as get_peer
from pydantic import BaseModel, ConfigDict
from sqlalchemy import DateTime, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

PAGE_SIZE = 20


def now() -> datetime:
    """Return the current time."""
    return datetime.now(UTC)


class Base(DeclarativeBase):
    """A table of the shop."""

    type_annotation_map: ClassVar = {datetime: DateTime(timezone=True)}

    id: Mapped[int] = mapped_column(primary_key=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)


class User(Base):
    __tablename__ = "users"

    username: Mapped[str]
    email: Mapped[str]
    full_name: Mapped[str | None]
    bio: Mapped[str | None]
    is_active: Mapped[bool]
    is_superuser: Mapped[bool]
    hashed_password: Mapped[str]


class Category(Base):
    __tablename__ = "categories"

    name: Mapped[str]
    slug: Mapped[str]
    description: Mapped[str | None]
    parent_id: Mapped[int | None]


class UserDTO(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    username: str
    email: str
    full_name: str | None
    bio: str | None
    is_active: bool
    is_superuser: bool
    created_at: datetime
    updated_at: datetime


class UsersDTO(BaseModel):
    items: list[UserDTO]
    total: int | None = None
    page: int | None = None
    page_size: int = PAGE_SIZE
    total_pages: int | None = None
    has_next: bool
    has_previous: bool | None = None
    next: str | None


class CategoryInputDTO(BaseModel):
    name: str
    slug: str
    description: str | None = None
    parent_id: int | None = None


class CategoryDTO(CategoryInputDTO):
    model_config = ConfigDict(from_attributes=True)

    id: int
    created_at: datetime
    updated_at: datetime


class ShopDAO:
    """Access to the tables."""

    def __init__(self, session: Annotated[AsyncSession, Depends(get_db_session)]) -> None:
        self.session = session

    async def user(self, user_id: int) -> User | None:
        """Return a user."""
        rows = await self.session.execute(select(User).where(User.id == user_id))
        return rows.scalar_one_or_none()

    async def users_after(self, user_id: int) -> Sequence[User]:
        """Return the users after one, with one more than are shown."""
        after = select(User).where(User.id > user_id).order_by(User.id).limit(PAGE_SIZE + 1)
        rows = await self.session.execute(after)
        return rows.scalars().all()

    async def create_category(self, values: dict[str, Any]) -> Category:
        """Add a category, which is flushed for its id, and committed after the answer."""
        category = Category(**values)
        self.session.add(category)
        await self.session.flush()
        return category


router = APIRouter()
ShopDep = Annotated[ShopDAO, Depends()]


@router.get("/users/{user_id}", response_model=UserDTO)
async def get_user(user_id: int, dao: ShopDep) -> User:
    if user := await dao.user(user_id):
        return user
    raise HTTPException(404)


@router.get("/users")
async def list_users(dao: ShopDep, after: str = "") -> UsersDTO:
    users = await dao.users_after(int(after or 0))
    shown = [UserDTO.model_validate(user) for user in users[:PAGE_SIZE]]
    more = len(users) > PAGE_SIZE
    return UsersDTO(items=shown, has_next=more, next=str(shown[-1].id) if more else None)


@router.post("/categories", response_model=CategoryDTO, status_code=201)
async def create_category(data: CategoryInputDTO, dao: ShopDep) -> Category:
    return await dao.create_category(data.model_dump())


def get_app() -> FastAPI:
    """Return the peer's application, with the shop."""
    app: FastAPI = get_peer()
    app.include_router(router, prefix="/api/v1")
    return app
