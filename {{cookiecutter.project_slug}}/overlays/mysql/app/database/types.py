"""Column types that mean the same on every database: exact decimals, times in UTC."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, TypeVar

from sqlalchemy import JSON, ColumnElement, Dialect, Numeric, func
from sqlalchemy.dialects.mysql import DATETIME
from sqlalchemy.orm import InstrumentedAttribute, mapped_column
from sqlalchemy.types import TypeDecorator

__all__ = ["TIMESTAMP", "Money", "Numeric", "UtcDateTime", "aggregated"]

Value = TypeVar("Value")


class UtcDateTime(TypeDecorator[datetime]):
    """A point in time with a zone, which is UTC when it is read; the server stores none.

    Raises ValueError for a naive datetime, which would be a guess.
    """

    # A plain DATETIME drops the fraction of a second.
    impl = DATETIME(fsp=6)
    cache_ok = True

    @property
    def python_type(self) -> type[datetime]:
        return datetime

    def process_bind_param(
        self, value: datetime | None, dialect: Dialect
    ) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value} has no time zone; add one, such as UTC")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(
        self, value: datetime | None, dialect: Dialect
    ) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


TIMESTAMP = UtcDateTime()
Money = Annotated[Decimal, mapped_column(Numeric(16, 2))]


def aggregated(column: InstrumentedAttribute[Value]) -> ColumnElement[Any]:
    """Return the values of a column as one list, in no order, or NULL for no rows."""
    return func.json_arrayagg(column, type_=JSON)
