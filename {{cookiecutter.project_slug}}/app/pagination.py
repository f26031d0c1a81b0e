"""Lists in parts: by page number, with a total, or by cursor, for depth."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Generic, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter
from sqlalchemy import Select, func, or_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.elements import KeyedColumnElement

from app.database.base import LARGEST_INTEGER, Base
from app.errors import Invalid
from app.fields import Id, Text

Row = TypeVar("Row", bound=Base)
Item = TypeVar("Item")

# What a cursor may hold: clients can write their own.
CURSOR_VALUES: dict[type, TypeAdapter[Any]] = {
    int: TypeAdapter(Annotated[int, Field(ge=0, le=LARGEST_INTEGER)]),
    str: TypeAdapter(Annotated[Text, Field(max_length=400)]),
    Decimal: TypeAdapter(
        Annotated[Decimal, Field(max_digits=16, decimal_places=2, allow_inf_nan=False)]
    ),
    datetime: TypeAdapter(
        Annotated[
            AwareDatetime,
            Field(ge=datetime(1900, 1, 1, tzinfo=UTC)),
            Field(lt=datetime(3000, 1, 1, tzinfo=UTC)),
        ]
    ),
}
CURSOR_ID = TypeAdapter[int](Id)


class PageQuery(BaseModel):
    """The query parameters of every list; inherit to add filters and list the sorts.

    ``count`` false leaves out the total, which costs as much as all rows do. ``after``
    asks for a slice in place of a page: empty for the first, then the ``next`` of the
    slice before. A slice costs the same at any depth, and counts nothing.
    """

    model_config = ConfigDict(extra="forbid")

    page: int = Field(default=1, ge=1, le=1_000_000)
    page_size: int = Field(default=20, ge=1, le=100)
    count: bool = True
    after: str | None = Field(default=None, max_length=2000)
    sort: str = Field(default="id", pattern="^-?id$")


@dataclass(frozen=True)
class Page(Generic[Item]):
    """Some items of a list, and where in it they stand; None if nobody counted."""

    items: Sequence[Item]
    total: int | None
    page: int
    page_size: int
    has_next: bool

    @property
    def total_pages(self) -> int | None:
        return None if self.total is None else -(-self.total // self.page_size)

    @property
    def has_previous(self) -> bool:
        return self.page > 1


@dataclass(frozen=True)
class Slice(Generic[Item]):
    """Some items of a list, and the cursor of those after them, or None at the end."""

    items: Sequence[Item]
    next: str | None


class PageRead(BaseModel, Generic[Item]):
    """What clients receive for a page."""

    model_config = ConfigDict(from_attributes=True)

    items: Sequence[Item]
    total: int | None
    page: int
    page_size: int
    total_pages: int | None
    has_next: bool
    has_previous: bool


class SliceRead(BaseModel, Generic[Item]):
    """What clients receive for a slice."""

    model_config = ConfigDict(from_attributes=True)

    items: Sequence[Item]
    next: str | None


async def fetch(
    session: AsyncSession,
    statement: Select[Row],
    model: type[Row],
    query: PageQuery,
) -> Page[Row] | Slice[Row]:
    """Run a filtered select over a model for the page or slice that is asked for.

    Raises KeyError for a sort that is no column: let the schema list what may be sorted
    by. Raises Invalid for a cursor that is not one of ours.
    """
    if query.after is not None:
        return await _fetch_slice(session, statement, model, query)
    return await _fetch_page(session, statement, model, query)


async def _fetch_page(
    session: AsyncSession,
    statement: Select[Row],
    model: type[Row],
    query: PageQuery,
) -> Page[Row]:
    offset = (query.page - 1) * query.page_size
    # One more row than asked for says whether there is a next page.
    paged = _sorted(statement, model, query.sort).limit(query.page_size + 1)
    rows = await session.scalars(paged.offset(offset))
    found = rows.all()
    items = found[: query.page_size]
    has_next = len(found) > len(items)
    total = await _total(session, statement, query, offset, found)
    return Page(items, total, query.page, query.page_size, has_next)


async def _total(
    session: AsyncSession,
    statement: Select[Row],
    query: PageQuery,
    offset: int,
    found: Sequence[Row],
) -> int | None:
    """Count the rows; the last page tells their number by itself."""
    if len(found) <= query.page_size and (found or not offset):
        return offset + len(found)
    return await _count(session, statement) if query.count else None


async def _count(session: AsyncSession, statement: Select[Row]) -> int:
    counted = statement.with_only_columns(func.count(), maintain_column_froms=True)
    return await session.scalar(counted) or 0


async def _fetch_slice(
    session: AsyncSession,
    statement: Select[Row],
    model: type[Row],
    query: PageQuery,
) -> Slice[Row]:
    column = _column(model, query.sort)
    if query.after:
        value, last_id = _decode(query.after, query.sort, column)
        descending = query.sort.startswith("-")
        beyond = column < value if descending else column > value
        # By itself it says nothing new, but an index can find where the slice begins.
        reached = column <= value if descending else column >= value
        statement = statement.where(reached, or_(beyond, model.id > last_id))
    sliced = _sorted(statement, model, query.sort).limit(query.page_size + 1)
    rows = await session.scalars(sliced)
    found = rows.all()
    items = found[: query.page_size]
    if len(found) == len(items):
        return Slice(items, next=None)
    last = items[-1]
    return Slice(items, _encode(query.sort, getattr(last, column.name), last.id))


def _sorted(statement: Select[Row], model: type[Row], sort: str) -> Select[Row]:
    column = _column(model, sort)
    direction = column.desc() if sort.startswith("-") else column.asc()
    return statement.order_by(direction, model.id)


def _column(model: type[Row], sort: str) -> KeyedColumnElement[Any]:
    return model.__table__.columns[sort.removeprefix("-")]


def _encode(sort: str, value: object, row_id: int) -> str:
    text = json.dumps([sort, str(value), row_id], ensure_ascii=False)
    return base64.urlsafe_b64encode(text.encode()).decode()


def _decode(cursor: str, sort: str, column: KeyedColumnElement[Any]) -> tuple[Any, int]:
    try:
        made_for, value, row_id = json.loads(base64.urlsafe_b64decode(cursor))
        adapter = CURSOR_VALUES[column.type.python_type]
        last_value = adapter.validate_python(value)
        last_id = CURSOR_ID.validate_python(row_id)
    except (ValueError, TypeError) as error:
        raise Invalid("The cursor in 'after' is not one of ours.") from error
    if made_for != sort:
        raise Invalid("The cursor in 'after' was made for another sort.")
    return last_value, last_id
