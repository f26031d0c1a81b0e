"""Modules that an adoption adds to a project as they are."""

RAW = '''\
"""A column type by its name in the database."""

from typing import Any

from sqlalchemy.types import UserDefinedType


class Raw(UserDefinedType[Any]):
    """A type that SQLAlchemy does not know; its values are what the driver makes of them."""

    cache_ok = True

    def __init__(self, name: str) -> None:
        self.name = name

    def get_col_spec(self, **_options: Any) -> str:
        return self.name
'''

CHECK_EMPTY = '''\
"""What a downgrade makes sure of before it drops tables that other software made."""

from alembic import context, op
from alembic.util import CommandError
from sqlalchemy import literal, select, table


def check_empty(*names: str) -> None:
    """Raise CommandError where a table has rows; its schema comes first in its name."""
    if context.is_offline_mode():
        return
    for name in names:
        schema, _, own_name = name.rpartition(".")
        rows = select(literal(1)).select_from(table(own_name, schema=schema or None))
        if op.get_bind().scalar(rows.limit(1)):
            raise CommandError(
                f"{name} has rows, which the downgrade would lose: to drop the adopted "
                "tables all the same, delete their rows first."
            )
'''
