"""From a schema to the columns of a select, and from its rows to the schema."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from types import GenericAlias
from typing import Any, TypeAlias, TypeVar

from pydantic import BaseModel, TypeAdapter
from sqlalchemy import ColumnElement, Row, Select

from app.database.base import AnyTable

Schema = TypeVar("Schema", bound=BaseModel)
AnySelect: TypeAlias = Select[*tuple[Any, ...]]
Rows: TypeAlias = Sequence[Row[*tuple[Any, ...]]]

NESTED = "__"  # between the name of a field and that of a field within it


def columns_for(
    schema: type[BaseModel], model: type[AnyTable], field: str = ""
) -> list[ColumnElement[Any]]:
    """Return the columns of a model's table that a schema has a field for.

    With the name of a field, the rows have the schema as the value of that field.
    """
    columns = model.__table__.columns
    chosen = [column for column in columns if column.key in schema.model_fields]
    if not field:
        return [*chosen]
    return [column.label(f"{field}{NESTED}{column.key}") for column in chosen]


def validate_rows(schema: type[Schema], rows: Rows) -> list[Schema]:
    """Return rows as instances of a schema, whose fields are named as the columns."""
    return _list_of(schema).validate_python(rows_as_dicts(rows))


@cache
def _list_of(schema: type[Schema]) -> TypeAdapter[list[Schema]]:
    schemas: Any = GenericAlias(list, schema)
    return TypeAdapter(schemas)


def rows_as_dicts(rows: Rows) -> list[dict[str, Any]]:
    """Return rows as dicts, which Pydantic validates three times as fast as rows."""
    if not rows:
        return []
    names = rows[0]._fields
    dicts = [dict(zip(names, row, strict=True)) for row in rows]
    nested = {name: name.split(NESTED) for name in names if NESTED in name}
    if nested:
        for each in dicts:
            _nest(each, nested)
    return dicts


def _nest(values: dict[str, Any], nested: Mapping[str, Iterable[str]]) -> None:
    for name, (outer, inner) in nested.items():
        values.setdefault(outer, {})[inner] = values.pop(name)
