"""One way to ask for a page of a list, one way to return it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Select, func
from sqlalchemy.ext.asyncio import AsyncSession

from app.database.base import Base

Row = TypeVar("Row", bound=Base)
Item = TypeVar("Item")


class PageQuery(BaseModel):
    """The query parameters of every list; inherit to add filters and a sort."""

    model_config = ConfigDict(extra="forbid")

    page: int = Field(default=1, ge=1, le=1_000_000)
    page_size: int = Field(default=20, ge=1, le=100)


@dataclass(frozen=True)
class Page(Generic[Item]):
    """What services return for a list: some of its items, and where they stand."""

    items: Sequence[Item]
    total: int
    page: int
    page_size: int

    @property
    def total_pages(self) -> int:
        return -(-self.total // self.page_size)

    @property
    def has_next(self) -> bool:
        return self.page < self.total_pages

    @property
    def has_previous(self) -> bool:
        return self.page > 1


class PageRead(BaseModel, Generic[Item]):
    """What clients receive for a list."""

    model_config = ConfigDict(from_attributes=True)

    items: Sequence[Item]
    total: int
    page: int
    page_size: int
    total_pages: int
    has_next: bool
    has_previous: bool


def sorted_by(statement: Select[Row], model: type[Row], sort: str) -> Select[Row]:
    """Order by a column's name, descending with a minus before it, then by id.

    Raises KeyError for a name that is no column; let the schema list what may be
    sorted by.
    """
    column = model.__table__.columns[sort.removeprefix("-")]
    direction = column.desc() if sort.startswith("-") else column.asc()
    return statement.order_by(direction, model.id)


async def fetch_page(
    session: AsyncSession,
    statement: Select[Row],
    query: PageQuery,
) -> Page[Row]:
    """Run a filtered and sorted select for one page, and count all it would give."""
    counted = statement.with_only_columns(
        func.count(), maintain_column_froms=True
    ).order_by(None)
    offset = (query.page - 1) * query.page_size
    rows = await session.scalars(statement.limit(query.page_size).offset(offset))
    items = rows.all()
    total = await session.scalar(counted) or 0
    return Page(items, total, query.page, query.page_size)
