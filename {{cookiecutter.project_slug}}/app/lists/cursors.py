"""Cursors: where in a sorted list a page ended, as text that clients send back."""

import base64
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, Field, TypeAdapter
from pydantic.fields import FieldInfo
from pydantic_core import to_json
from sqlalchemy import BigInteger, Double, SmallInteger
from sqlalchemy.types import TypeEngine

from app.database.base import LARGEST_INTEGER
from app.database.types import TIMESTAMP
from app.errors import Invalid
from app.http.fields import WITHOUT_NUL

LONGEST_TEXT = 400  # characters: a cursor is part of a URL

# Not json.loads, which recurses as deeply as the text is nested.
CURSOR: TypeAdapter[tuple[str, str | float | bool, int]] = TypeAdapter(
    tuple[str, str | int | float | bool, int]
)


def _bounds_of_text(column_type: Any) -> list[Any]:
    if not column_type.length or column_type.length > LONGEST_TEXT:
        raise TypeError(f"may be longer than {LONGEST_TEXT} characters")
    return [Field(max_length=column_type.length, pattern=WITHOUT_NUL)]


def _bounds_of_int(column_type: Any) -> list[Any]:
    largest = LARGEST_INTEGER
    if isinstance(column_type, SmallInteger):
        largest = 2**15 - 1
    if isinstance(column_type, BigInteger):
        largest = 2**63 - 1
    return [Field(ge=-largest, le=largest)]


def _bounds_of_decimal(column_type: Any) -> list[Any]:
    precision, scale = column_type.precision, column_type.scale
    if precision is None or scale is None:
        raise TypeError("has no bounds; name its precision and scale")
    return [Field(max_digits=precision, decimal_places=scale, allow_inf_nan=False)]


def _bounds_of_datetime(column_type: Any) -> list[Any]:
    is_ours = isinstance(column_type, type(TIMESTAMP))
    if not is_ours or column_type.timezone != TIMESTAMP.timezone:
        raise TypeError("has no time zone; make it a TIMESTAMP")
    return [
        AfterValidator(_with_zone),
        Field(ge=datetime(1000, 1, 2, tzinfo=UTC)),
        Field(lt=datetime(9999, 1, 1, tzinfo=UTC)),
    ]


def _with_zone(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("must have a time zone")
    return value


def _bounds_of_float(column_type: Any) -> list[Any]:
    if not isinstance(column_type, Double):
        raise TypeError("loses digits on some databases; make it a Double")
    return [Field(allow_inf_nan=False)]


def _no_bounds(_column_type: Any) -> list[Any]:
    return []


# What a column of each type that has an order can be compared with.
BOUNDS: Mapping[type, Callable[[Any], list[Any]]] = {
    Enum: _no_bounds,
    bool: _no_bounds,
    int: _bounds_of_int,
    float: _bounds_of_float,
    Decimal: _bounds_of_decimal,
    str: _bounds_of_text,
    datetime: _bounds_of_datetime,
    date: lambda _: [Field(ge=date(1000, 1, 1))],
    time: _no_bounds,
    UUID: _no_bounds,
}


def validator_for(field: FieldInfo, column_type: TypeEngine[Any]) -> TypeAdapter[Any]:
    """Return what validates a cursor's value of a column that a schema has as a field.

    Cursors come from clients, and databases fail on what a column cannot hold. Raises
    TypeError with the reason for a type that a list cannot be sorted by.
    """
    python_type = _python_type_of(column_type)
    for known, bounds in BOUNDS.items():
        if issubclass(python_type, known):
            annotations = (*field.metadata, *bounds(column_type))
            break
    else:
        raise TypeError(f"is of {type(column_type).__name__}, which has no order")
    # Field() adds nothing, but Annotated needs one argument at least.
    annotated: Any = Annotated[field.annotation, Field(), *annotations]
    return TypeAdapter(annotated)


def key_validator(column_type: TypeEngine[Any], least: int | None) -> TypeAdapter[int]:
    """Return what validates a cursor's value of the key, a column of integers."""
    return TypeAdapter(Annotated[int, *_bounds_of_int(column_type), Field(ge=least)])


def _python_type_of(column_type: TypeEngine[Any]) -> type[Any]:
    try:
        return column_type.python_type
    except NotImplementedError:  # some types know none
        return object


def encode(sort: str, value: object, key: int) -> str:
    """Return the cursor of the row that a page ended with."""
    return base64.urlsafe_b64encode(to_json([sort, value, key])).decode()


def decode(
    cursor: str, sort: str, validator: TypeAdapter[Any], keys: TypeAdapter[int]
) -> tuple[Any, int]:
    """Return the sorted column's value, and the key, of the row that a page ended with.

    Raises Invalid for a cursor that is not one of ours, or was made for another sort.
    """
    try:
        decoded = base64.urlsafe_b64decode(cursor)
        made_for, value, last_key = CURSOR.validate_json(decoded)
        last_value = validator.validate_python(value)
        keys.validate_python(last_key)
    except ValueError as error:
        raise Invalid("The cursor in 'after' is not one of ours.") from error
    if made_for != sort:
        raise Invalid("The cursor in 'after' was made for another sort.")
    return last_value, last_key
