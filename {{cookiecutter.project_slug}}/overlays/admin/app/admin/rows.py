"""How the pages write a row: as the form has it."""

from typing import Any, ClassVar, TypeAlias, cast

from sqlalchemy import ColumnElement, delete, insert, update

from app.auth.database import Transaction, write
from app.database.base import AnyTable
from app.errors import NotFound

GONE = "The row is gone."

# The values of the primary key's columns.
Key: TypeAlias = tuple[Any, ...]


class Rows:
    """Writes rows of a table, each method within a transaction of the caller.

    The database checks the constraints. Where a service has more rules, the view of its
    table overrides these methods and calls the service.
    """

    model: ClassVar[type[AnyTable]]

    async def insert_row(self, transaction: Transaction, values: dict[str, Any]) -> Key:
        """Insert a row, and return its key."""
        inserted = await write(transaction, insert(self.model.__table__), values)
        return cast(Key, inserted.inserted_primary_key)

    async def update_row(
        self, transaction: Transaction, key: Key, values: dict[str, Any]
    ) -> None:
        """Change columns of a row. Raises NotFound."""
        statement = update(self.model.__table__).where(*self._has(key)).values(values)
        changed = await write(transaction, statement, {})
        if not changed.rowcount:
            raise NotFound(GONE)

    async def delete_row(self, transaction: Transaction, key: Key) -> None:
        """Delete a row, if it is there."""
        statement = delete(self.model.__table__).where(*self._has(key))
        await write(transaction, statement, {})

    def _has(self, key: Key) -> list[ColumnElement[bool]]:
        columns = self.model.__table__.primary_key
        return [column == value for column, value in zip(columns, key, strict=True)]
