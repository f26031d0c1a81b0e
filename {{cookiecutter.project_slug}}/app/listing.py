"""Lists of rows: filtered, sorted, and cut into pages or slices."""

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any, Literal

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
from sqlalchemy.orm.attributes import InstrumentedAttribute
from sqlalchemy.sql.elements import KeyedColumnElement

from app import cursors
from app.database.base import Base
from app.database.rows import Record, as_records
from app.database.session import Database
from app.pagination import Page, PageQuery, Slice

Part = Literal["page", "first slice", "next slice"]

STATEMENTS_KEPT = 200


class Listing:
    """The rows of a select, as lists in parts.

    Takes the select; the model whose rows it gives, one for one, and whose columns they
    may be sorted by, if they are among those selected, as its id is; and filters. A
    filter is a condition on the model that compares with ``bindparam(NAME)``, by the
    NAME of the query's field; a field that is None filters nothing.

    Statements are kept, for each set of filters and sort that clients ask for: to build
    one takes about as long as to run it.
    """

    def __init__(
        self,
        rows: Select[*tuple[Any, ...]],
        model: type[Base],
        filters: Mapping[str, ColumnElement[bool]],
    ) -> None:
        self._rows = rows
        self._model = model
        self._filters = filters
        self._statement = lru_cache(STATEMENTS_KEPT)(self._build)
        self._count = lru_cache(STATEMENTS_KEPT)(self._build_count)

    async def fetch(
        self,
        database: Database,
        query: PageQuery,
    ) -> Page[Record] | Slice[Record]:
        """Give the page or slice that is asked for.

        Raises KeyError for a sort that is no column: let the schema list what may be
        sorted by. Raises Invalid for a cursor that is not one of ours.
        """
        if query.after is not None:
            return await self._fetch_slice(database, query, query.after)
        return await self._fetch_page(database, query)

    async def _fetch_page(self, database: Database, query: PageQuery) -> Page[Record]:
        offset = (query.page - 1) * query.page_size
        found = await self._fetch(database, query, "page", offset=offset)
        items = found[: query.page_size]
        has_next = len(found) > len(items)
        total = await self._total(database, query, offset, found)
        return Page(items, total, query.page, query.page_size, has_next)

    async def _fetch_slice(
        self, database: Database, query: PageQuery, after: str
    ) -> Slice[Record]:
        column = self._column(query.sort)
        if after:
            value, row_id = cursors.decode(after, query.sort, column.type.python_type)
            found = await self._fetch(
                database, query, "next slice", last_value=value, last_id=row_id
            )
        else:
            found = await self._fetch(database, query, "first slice")
        items = found[: query.page_size]
        if len(found) == len(items):
            return Slice(items, next=None)
        last = items[-1]
        cursor = cursors.encode(query.sort, last[column.key], last["id"])
        return Slice(items, cursor)

    async def _fetch(
        self, database: Database, query: PageQuery, part: Part, **values: Any
    ) -> Sequence[Record]:
        wanted = self._wanted(query)
        statement = self._statement(frozenset(wanted), query.sort, part)
        # One more row than asked for says whether there are others after it.
        values |= {"limit": query.page_size + 1}
        return as_records(await database.fetch_all(statement, **wanted, **values))

    async def _total(
        self,
        database: Database,
        query: PageQuery,
        offset: int,
        found: Sequence[Record],
    ) -> int | None:
        """Count the rows; the last page tells their number by itself."""
        if len(found) <= query.page_size and (found or not offset):
            return offset + len(found)
        if not query.count:
            return None
        wanted = self._wanted(query)
        counted = await database.fetch_one(self._count(frozenset(wanted)), **wanted)
        return counted[0] if counted else None

    def _wanted(self, query: PageQuery) -> dict[str, Any]:
        """Give the values of the filters that are asked for."""
        values = {name: getattr(query, name) for name in self._filters}
        return {name: value for name, value in values.items() if value is not None}

    def _build(
        self, filters: frozenset[str], sort: str, part: Part
    ) -> Select[*tuple[Any, ...]]:
        # By id first: nothing else is then found for rows that are passed over, and the
        # database does not begin with what is joined, to sort all that comes of it.
        ids = self._ids(filters, sort, part).subquery("part")
        shown = self._rows.join(ids, ids.c.id == self._model.id)
        return shown.order_by(*self._order(sort))

    def _ids(self, filters: frozenset[str], sort: str, part: Part) -> Select[int]:
        ids = (
            select(self._model.id)
            .where(*self._conditions(filters))
            .order_by(*self._order(sort))
            .limit(bindparam("limit", type_=Integer))
        )
        if part == "page":
            return ids.offset(bindparam("offset", type_=Integer))
        if part == "next slice":
            column, descending = self._column(sort), sort.startswith("-")
            return ids.where(*_after_the_last(column, self._model.id, descending))
        return ids

    def _build_count(self, filters: frozenset[str]) -> Select[int]:
        counted = select(func.count()).select_from(self._model)
        return counted.where(*self._conditions(filters))

    def _conditions(self, filters: Collection[str]) -> list[ColumnElement[bool]]:
        return [self._filters[name] for name in sorted(filters)]

    def _order(
        self, sort: str
    ) -> tuple[ColumnElement[Any], InstrumentedAttribute[int]]:
        column = self._column(sort)
        return column.desc() if sort.startswith("-") else column.asc(), self._model.id

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
