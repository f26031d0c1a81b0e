"""Columns of enums."""

from enum import StrEnum

from sqlalchemy import Enum


def enum_type(values: type[StrEnum], name: str, length: int = 20) -> Enum:
    """Return the type of a column for an enum: text, with a CHECK of this name.

    A native enum type outlives its table, and fails the next upgrade after a downgrade.
    Raises ValueError for a value that is longer.
    """
    return Enum(
        values,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=length,
        values_callable=lambda members: [member.value for member in members],
    )
