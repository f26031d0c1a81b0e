"""Column types that mean the same on every database: exact decimals, times in UTC."""

from decimal import Decimal
from typing import Annotated, Any, TypeVar

from sqlalchemy import ColumnElement, DateTime, Numeric, func
from sqlalchemy.orm import InstrumentedAttribute, mapped_column

__all__ = ["TIMESTAMP", "Money", "Numeric", "aggregated"]

Value = TypeVar("Value")

TIMESTAMP = DateTime(timezone=True)
Money = Annotated[Decimal, mapped_column(Numeric(16, 2))]


def aggregated(column: InstrumentedAttribute[Value]) -> ColumnElement[Any]:
    """Return the values of a column as one list, in no order, or NULL for no rows."""
    return func.array_agg(column)
