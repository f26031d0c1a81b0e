"""Lists of rows: filtered, sorted, and cut into pages or slices."""

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any, Generic, Literal, TypeVar

from sqlalchemy import (
    ColumnElement,
    Dialect,
    Integer,
    Select,
    String,
    TypeDecorator,
    bindparam,
    func,
    or_,
    select,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm.attributes import InstrumentedAttribute
from sqlalchemy.sql.base import ExecutableOption
from sqlalchemy.sql.elements import KeyedColumnElement

from app import cursors
from app.database.base import Base
from app.pagination import Page, PageQuery, Slice

Row = TypeVar("Row", bound=Base)
Part = Literal["page", "first slice", "next slice"]

STATEMENTS_KEPT = 200


class Listing(Generic[Row]):
    """The rows of a model, as lists in parts.

    A filter is a condition that compares with ``bindparam(NAME)``, by the NAME of the
    query's field; a field that is None filters nothing. ``loads`` says what is loaded
    with each row.

    Statements are kept, for each set of filters and sort that clients ask for: to build
    one takes about as long as to run it.
    """

    def __init__(
        self,
        model: type[Row],
        filters: Mapping[str, ColumnElement[bool]],
        loads: Collection[ExecutableOption] = (),
    ) -> None:
        self._model = model
        self._filters = filters
        self._loads = loads
        self._statement = lru_cache(STATEMENTS_KEPT)(self._build)

    async def fetch(
        self,
        session: AsyncSession,
        query: PageQuery,
    ) -> Page[Row] | Slice[Row]:
        """Give the page or slice that is asked for.

        Raises KeyError for a sort that is no column: let the schema list what may be
        sorted by. Raises Invalid for a cursor that is not one of ours.
        """
        if query.after is not None:
            return await self._fetch_slice(session, query, query.after)
        return await self._fetch_page(session, query)

    async def _fetch_page(self, session: AsyncSession, query: PageQuery) -> Page[Row]:
        offset = (query.page - 1) * query.page_size
        found = await self._rows(session, query, "page", offset=offset)
        items = found[: query.page_size]
        has_next = len(found) > len(items)
        total = await self._total(session, query, offset, found)
        return Page(items, total, query.page, query.page_size, has_next)

    async def _fetch_slice(
        self, session: AsyncSession, query: PageQuery, after: str
    ) -> Slice[Row]:
        column = self._column(query.sort)
        if after:
            value, row_id = cursors.decode(after, query.sort, column.type.python_type)
            found = await self._rows(
                session, query, "next slice", last_value=value, last_id=row_id
            )
        else:
            found = await self._rows(session, query, "first slice")
        items = found[: query.page_size]
        if len(found) == len(items):
            return Slice(items, next=None)
        last = items[-1]
        value = getattr(last, column.name)
        return Slice(items, cursors.encode(query.sort, value, last.id))

    async def _rows(
        self, session: AsyncSession, query: PageQuery, part: Part, **values: Any
    ) -> Sequence[Row]:
        wanted = self._wanted(query)
        statement = self._statement(frozenset(wanted), query.sort, part)
        # One more row than asked for says whether there are others after it.
        values |= {"limit": query.page_size + 1}
        return (await session.scalars(statement, wanted | values)).all()

    async def _total(
        self,
        session: AsyncSession,
        query: PageQuery,
        offset: int,
        found: Sequence[Row],
    ) -> int | None:
        """Count the rows; the last page tells their number by itself."""
        if len(found) <= query.page_size and (found or not offset):
            return offset + len(found)
        if not query.count:
            return None
        wanted = self._wanted(query)
        counted = select(func.count()).select_from(self._model)
        statement = counted.where(*self._conditions(wanted))
        return await session.scalar(statement, wanted) or 0

    def _wanted(self, query: PageQuery) -> dict[str, Any]:
        """Give the values of the filters that are asked for."""
        values = {name: getattr(query, name) for name in self._filters}
        return {name: value for name, value in values.items() if value is not None}

    def _build(self, filters: frozenset[str], sort: str, part: Part) -> Select[Row]:
        column = self._column(sort)
        row_id = self._model.id
        descending = sort.startswith("-")
        statement = (
            select(self._model)
            .options(*self._loads)
            .where(*self._conditions(filters))
            .order_by(column.desc() if descending else column.asc(), row_id)
            .limit(bindparam("limit", type_=Integer))
        )
        if part == "page":
            return statement.offset(bindparam("offset", type_=Integer))
        if part == "next slice":
            return statement.where(*_after_the_last(column, row_id, descending))
        return statement

    def _conditions(self, filters: Collection[str]) -> list[ColumnElement[bool]]:
        return [self._filters[name] for name in sorted(filters)]

    def _column(self, sort: str) -> KeyedColumnElement[Any]:
        return self._model.__table__.columns[sort.removeprefix("-")]


def _after_the_last(
    column: KeyedColumnElement[Any],
    row_id: InstrumentedAttribute[int],
    descending: bool,
) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    value = bindparam("last_value", type_=column.type)
    beyond = column < value if descending else column > value
    # By itself it says nothing new, but an index can find where the slice begins.
    reached = column <= value if descending else column >= value
    return reached, or_(beyond, row_id > bindparam("last_id", type_=Integer))


class _Verbatim(TypeDecorator[str]):
    """Text in which LIKE finds nothing special."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, _dialect: Dialect) -> str | None:
        if value is None:
            return None
        return value.replace("/", "//").replace("%", "/%").replace("_", "/_")


def containing(
    name: str, *columns: InstrumentedAttribute[str] | InstrumentedAttribute[str | None]
) -> ColumnElement[bool]:
    """Make the filter of rows in which a column has the text, in capitals or not."""
    text = bindparam(name, type_=_Verbatim)
    return or_(*(column.icontains(text, escape="/") for column in columns))
