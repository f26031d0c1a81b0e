"""Rows of selected columns: what clients see of a table, without objects."""

from collections.abc import Sequence
from typing import Any, TypeAlias

from pydantic import BaseModel
from sqlalchemy import Row
from sqlalchemy.sql.elements import KeyedColumnElement

from app.database.base import AnyTable

AnyRow: TypeAlias = Row[*tuple[Any, ...]]
Record: TypeAlias = dict[str, Any]


def columns_for(
    schema: type[BaseModel], model: type[AnyTable]
) -> list[KeyedColumnElement[Any]]:
    """Give the columns of a model's table that a schema has a field for."""
    columns = model.__table__.columns
    return [column for column in columns if column.key in schema.model_fields]


def as_records(rows: Sequence[AnyRow]) -> list[Record]:
    """Give rows as dicts by the names of their columns.

    Pydantic takes them, made here, in a third of the time that it takes for rows.
    """
    if not rows:
        return []
    names = rows[0]._fields
    return [dict(zip(names, row, strict=True)) for row in rows]
