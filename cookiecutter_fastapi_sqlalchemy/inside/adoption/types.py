"""The types of columns: as the database has them, and as the project writes them."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from app.database.types import TIMESTAMP
from sqlalchemy import (
    ARRAY,
    DECIMAL,
    Boolean,
    Date,
    DateTime,
    Dialect,
    Double,
    Enum,
    Float,
    Integer,
    Interval,
    LargeBinary,
    Numeric,
    String,
    Time,
    Uuid,
)
from sqlalchemy.dialects import mysql
from sqlalchemy.dialects.postgresql import DOMAIN
from sqlalchemy.exc import CompileError
from sqlalchemy.types import TypeEngine, UserDefinedType

# The types of annotations alone, by the declarative base.
IMPLIED: dict[type[Any], TypeEngine[Any]] = {
    bool: Boolean(),
    bytes: LargeBinary(),
    date: Date(),
    datetime: TIMESTAMP,
    float: Double(),
    int: Integer(),
    str: String(),
    time: Time(),
    timedelta: Interval(),
    UUID: Uuid(),
}
# Annotations of types that need no import.
BUILTIN = (bool, bytes, float, int, str)
MONEY = (16, 2)


class Raw(UserDefinedType[Any]):
    """A type by its name in the database, for those that SQLAlchemy does not know."""

    cache_ok = True
    __module__ = "app.database.raw"  # where the project has its like

    def __init__(self, name: str) -> None:
        self.name = name

    def get_col_spec(self, **_options: Any) -> str:
        return self.name


def tidied(type_: TypeEngine[Any], dialect: Dialect) -> TypeEngine[Any]:
    """Return a reflected type without what only its database's history explains."""
    if isinstance(type_, ARRAY):
        type_.item_type = tidied(type_.item_type, dialect)
    if isinstance(type_, mysql.TINYINT) and type_.display_width == 1 and not type_.unsigned:
        return Boolean()
    if getattr(type_, "display_width", None) and not getattr(type_, "zerofill", False):
        type_.display_width = None  # type: ignore[attr-defined]  # deprecated, of no effect
    if isinstance(type_, DECIMAL) and not getattr(type_, "unsigned", False):
        type_ = Numeric(type_.precision, type_.scale)
    if isinstance(type_, DOMAIN):
        type_.data_type = tidied(type_.data_type, dialect)
    if isinstance(type_, String) and type_.collation == "default":
        type_.collation = None
    if isinstance(type_, Double):
        type_.precision = None
    if isinstance(type_, Float) or (isinstance(type_, Numeric) and dialect.name == "sqlite"):
        type_.asdecimal = False  # what is binary in the database is no exact decimal
    return type_


def python_type(type_: TypeEngine[Any]) -> type[Any]:
    """Return the type of a column's values; ``object`` where it has no single one."""
    if isinstance(type_, DOMAIN):
        return python_type(type_.data_type)
    if isinstance(type_, mysql.SET):
        return set
    if isinstance(type_, mysql.YEAR | mysql.BIT):
        return int
    try:
        found = type_.python_type
    except NotImplementedError:
        return object
    if issubclass(found, StrEnum) or found in (Decimal, set, *IMPLIED):
        return found
    return object


def is_implied(type_: TypeEngine[Any], dialect: Dialect) -> bool:
    """Return whether a column with the annotation alone has this type."""
    implied = IMPLIED.get(python_type(type_))
    if implied is None or isinstance(type_, Enum | DOMAIN):
        return False
    if isinstance(type_, DateTime) and not type_.timezone:
        return False  # the project's times are in UTC, and these are in nobody knows what
    return same(type_, implied, dialect)


def same(one: TypeEngine[Any], other: TypeEngine[Any], dialect: Dialect) -> bool:
    """Return whether two types are the same in the database."""
    try:
        return one.compile(dialect) == other.compile(dialect)
    except CompileError:  # a String without a length, where the database wants one
        return False
