"""Column types that mean the same on every database: exact decimals, times in UTC."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, TypeVar

from sqlalchemy import JSON, BigInteger, ColumnElement, DateTime, Dialect, func
from sqlalchemy.orm import InstrumentedAttribute, mapped_column
from sqlalchemy.types import TypeDecorator

Value = TypeVar("Value")


class UtcDateTime(TypeDecorator[datetime]):
    """A point in time with a zone, which is UTC when it is read; SQLite stores none.

    Raises ValueError for a naive datetime, which would be a guess.
    """

    impl = DateTime
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


class Numeric(TypeDecorator[Decimal]):
    """An exact decimal, stored as a whole number of its last digit's units.

    SQLite has no decimals: its NUMERIC is a binary fraction. Takes the precision, which
    SQLite does not enforce, and the scale: ``Numeric(10, 2)`` stores hundredths.
    """

    impl = BigInteger
    cache_ok = True

    def __init__(self, precision: int, scale: int) -> None:
        super().__init__()
        self.precision = precision
        self.scale = scale

    @property
    def python_type(self) -> type[Decimal]:
        return Decimal

    def process_bind_param(
        self, value: Decimal | int | None, dialect: Dialect
    ) -> int | None:
        return None if value is None else int(Decimal(value).scaleb(self.scale))

    def process_result_value(
        self, value: float | None, dialect: Dialect
    ) -> Decimal | None:
        # An average comes as a float of units.
        return None if value is None else Decimal(round(value)).scaleb(-self.scale)


TIMESTAMP = UtcDateTime()
Money = Annotated[Decimal, mapped_column(Numeric(16, 2))]


def aggregated(column: InstrumentedAttribute[Value]) -> ColumnElement[Any]:
    """Return the values of a column as one list, in no order, or NULL for no rows."""
    return func.json_group_array(column, type_=JSON)
