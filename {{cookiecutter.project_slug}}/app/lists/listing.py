"""Lists of rows: filtered, sorted, and cut into pages."""

from collections.abc import Callable, Collection, Iterator, Mapping
from functools import lru_cache
from typing import Any, Generic, Literal, TypeAlias, TypeVar, get_args

from pydantic import BaseModel, TypeAdapter
from sqlalchemy import (
    BindParameter,
    Column,
    ColumnElement,
    Dialect,
    Integer,
    Select,
    String,
    TypeDecorator,
    bindparam,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.orm.attributes import InstrumentedAttribute

from app.database.base import AnyTable, Base
from app.database.database import Database
from app.database.rows import AnySelect, Rows, rows_as_dicts
from app.lists import cursors
from app.lists.page import Count, Page, PageQuery

Item = TypeVar("Item", bound=BaseModel)
Filter: TypeAlias = Callable[[BindParameter[Any]], ColumnElement[bool]]
Part = Literal["page", "first", "next"]

STATEMENTS_KEPT = 200
COUNTED = 10_000  # rows, by default: a count reads every row that it counts


class Listing(Generic[Item]):
    """The rows of a select, as pages of a schema.

    Takes the page's type, ``Page[Item]``; what clients may ask for; the select, whose
    columns are named as the fields of the item; the model whose rows it has, one for
    one, and whose key is one integer; and filters. A filter takes a field of the query
    and returns a condition; a field without one is compared with the column of its
    name. None filters nothing.

    Raises TypeError for what would fail later: a filter or a sort that is no column, a
    sort that is not selected, may be NULL, or has no order, a key that is not selected.

    Statements are kept for each set of filters and each sort that clients ask for, since
    building one takes about as long as running it.
    """

    def __init__(
        self,
        page: type[Page[Item]],
        query: type[PageQuery],
        rows: AnySelect,
        model: type[AnyTable],
        filters: Mapping[str, Filter] | None = None,
    ) -> None:
        self._page = page
        self._rows = rows
        self._model = model
        self._key = _key_of(model, rows)
        least = 1 if issubclass(model, Base) else None  # ids are counted from 1
        self._keys = cursors.key_validator(self._key.type, least)
        self._filters = dict(_conditions(query, model, filters or {}))
        self._cursors = {
            name: _cursor_validator(name, page, rows, model)
            for name in _sorts_of(query)
        }
        self._statement = lru_cache(STATEMENTS_KEPT)(self._build)
        self._count = lru_cache(STATEMENTS_KEPT)(self._build_count)

    async def fetch(self, database: Database, query: PageQuery) -> Page[Item]:
        """Fetch a page of the rows that match. Raises Invalid for an unknown cursor."""
        wanted = self._wanted(query)
        part, place = self._place(query)
        statement = self._statement(frozenset(wanted), query.sort, part)
        # One more row than asked for tells whether others follow.
        values = {**wanted, **place, "limit": query.page_size + 1}
        rows = await database.fetch_rows(statement, **values)
        page = self._page_of(rows, query)
        if query.after is None:
            total = await self._total(database, query, len(rows))
            page |= _numbers(query, total)
        return self._page.model_validate(page)

    def _wanted(self, query: PageQuery) -> dict[str, Any]:
        """Return the values of the filters that are asked for."""
        values = {name: getattr(query, name) for name in self._filters}
        return {name: value for name, value in values.items() if value is not None}

    def _place(self, query: PageQuery) -> tuple[Part, dict[str, Any]]:
        """Return which part of the list is asked for, and the values that tell where."""
        if query.after is None:
            return "page", {"offset": _offset(query)}
        if not query.after:
            return "first", {}
        validator = self._cursors[query.sort.removeprefix("-")]
        value, key = cursors.decode(query.after, query.sort, validator, self._keys)
        return "next", {"last_value": value, "last_key": key}

    def _page_of(self, rows: Rows, query: PageQuery) -> dict[str, Any]:
        items = rows_as_dicts(rows[: query.page_size])
        page = {"items": items, "page_size": query.page_size, "has_next": False}
        if len(rows) <= query.page_size:
            return page
        last = items[-1]
        value = last[query.sort.removeprefix("-")]
        cursor = cursors.encode(query.sort, value, last[self._key.key])
        return {**page, "has_next": True, "next": cursor}

    async def _total(
        self, database: Database, query: PageQuery, fetched: int
    ) -> int | None:
        """Count the rows, unless the last page tells their number by itself."""
        offset = _offset(query)
        if fetched <= query.page_size and (fetched or not offset):
            return offset + fetched
        if query.count is Count.NONE:
            return None
        wanted = self._wanted(query)
        exact = query.count is Count.EXACT
        [[total]] = await database.fetch_rows(
            self._count(frozenset(wanted), exact), **wanted
        )
        return total if exact or total <= COUNTED else None

    def _build(self, filters: frozenset[str], sort: str, part: Part) -> AnySelect:
        # By key first: the database then fetches nothing else of rows that are passed
        # over, and does not begin with a join to sort all that comes of it.
        ids = self._ids(filters, sort, part).subquery("part")
        shown = self._rows.join(ids, ids.c[self._key.key] == self._key)
        return shown.order_by(*self._order(sort))

    def _ids(self, filters: frozenset[str], sort: str, part: Part) -> Select[int]:
        ids = (
            select(self._key)
            .where(*self._matching(filters))
            .order_by(*self._order(sort))
            .limit(bindparam("limit", type_=Integer))
        )
        if part == "page":
            return ids.offset(bindparam("offset", type_=Integer))
        if part == "next":
            column, descending = self._column(sort), sort.startswith("-")
            return ids.where(*_after_the_last(column, self._key, descending))
        return ids

    def _build_count(self, filters: frozenset[str], exact: bool) -> Select[int]:
        matching = self._matching(filters)
        if exact:
            return select(func.count()).select_from(self._model).where(*matching)
        counted = select(literal(1)).select_from(self._model).where(*matching)
        return select(func.count()).select_from(counted.limit(COUNTED + 1).subquery())

    def _matching(self, filters: Collection[str]) -> list[ColumnElement[bool]]:
        return [self._filters[name] for name in sorted(filters)]

    def _order(self, sort: str) -> tuple[ColumnElement[Any], Column[int]]:
        column = self._column(sort)
        return column.desc() if sort.startswith("-") else column.asc(), self._key

    def _column(self, sort: str) -> ColumnElement[Any]:
        return self._model.__table__.columns[sort.removeprefix("-")]


def _key_of(model: type[AnyTable], rows: AnySelect) -> Column[int]:
    """Return the column that tells rows with equal values apart. Raises TypeError."""
    [key, *more] = model.__table__.primary_key.columns
    if more or not isinstance(key.type, Integer):
        raise TypeError(f"{model.__name__} has no key of one integer to list it by.")
    if key.key not in rows.selected_columns:
        raise TypeError(f"The key {key.key} of {model.__name__} is not selected.")
    return key


def _offset(query: PageQuery) -> int:
    return (query.page - 1) * query.page_size


def _numbers(query: PageQuery, total: int | None) -> dict[str, Any]:
    """Return the fields of a page that tell its number."""
    return {
        "total": total,
        "page": query.page,
        "total_pages": None if total is None else -(-total // query.page_size),
        "has_previous": query.page > 1,
    }


def _conditions(
    query: type[PageQuery], model: type[AnyTable], filters: Mapping[str, Filter]
) -> Iterator[tuple[str, ColumnElement[bool]]]:
    """Yield the condition of each field that the query adds to PageQuery's."""
    own = query.model_fields.keys() - PageQuery.model_fields.keys()
    if unknown := filters.keys() - own:
        raise TypeError(f"{query.__name__} has no field for the filter {min(unknown)}.")
    columns = model.__table__.columns
    for name in own:
        if name in filters:
            yield name, filters[name](bindparam(name))
        elif name in columns:
            yield name, columns[name] == bindparam(name, type_=columns[name].type)
        else:
            raise TypeError(
                f"{query.__name__}.{name} is neither a column of {model.__name__} nor "
                "among the filters of its Listing."
            )


def _sorts_of(query: type[PageQuery]) -> set[str]:
    """Return the names that the query may be sorted by: of its Literal, or the id."""
    sorts = get_args(query.model_fields["sort"].annotation) or ("id",)
    return {sort.removeprefix("-") for sort in sorts}


def _cursor_validator(
    name: str,
    page: type[BaseModel],
    rows: AnySelect,
    model: type[AnyTable],
) -> TypeAdapter[Any]:
    """Return what validates the values of a sort in cursors. Raises TypeError."""
    column = model.__table__.columns.get(name)
    [item] = get_args(page.model_fields["items"].annotation)
    selected = rows.selected_columns.get(name)
    if column is None or selected is None or not selected.shares_lineage(column):
        raise TypeError(f"The sort {name} is no selected column of {model.__name__}.")
    if column.nullable and not column.primary_key:
        raise TypeError(f"The sort {name} may be NULL: pages would lose rows.")
    try:
        return cursors.validator_for(item.model_fields[name], column.type)
    except TypeError as error:
        raise TypeError(f"The sort {name} {error}.") from None


def _after_the_last(
    column: ColumnElement[Any],
    key: Column[int],
    descending: bool,
) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    value = bindparam("last_value", type_=column.type)
    beyond = column < value if descending else column > value
    # Redundant, but lets an index find where the page begins.
    reached = column <= value if descending else column >= value
    return reached, or_(beyond, key > bindparam("last_key", type_=key.type))


class _Verbatim(TypeDecorator[str]):
    """Text in which LIKE finds nothing special."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, _dialect: Dialect) -> str | None:
        if value is None:
            return None
        return value.replace("/", "//").replace("%", "/%").replace("_", "/_")


def containing(
    *columns: InstrumentedAttribute[str] | InstrumentedAttribute[str | None],
) -> Filter:
    """Return the filter of rows in which a column has the text, in capitals or not."""

    def contains(value: BindParameter[Any]) -> ColumnElement[bool]:
        text = bindparam(value.key, type_=_Verbatim)
        return or_(*(column.icontains(text, escape="/") for column in columns))

    return contains
