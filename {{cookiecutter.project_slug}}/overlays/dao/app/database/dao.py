"""Row access for one table: the base of every DAO."""

from collections.abc import Mapping, Sequence
from typing import Any, Generic, TypeVar, cast

from sqlalchemy import (
    CursorResult,
    Insert,
    Select,
    Update,
    bindparam,
    delete,
    insert,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession

from app.database.base import Base

Row = TypeVar("Row", bound=Base)


class DAO(Generic[Row]):
    """Reads and writes the rows of one table. It knows SQL and no rules.

    A subclass names its table's model and adds the table's own statements. Whoever
    opened the session commits it.
    """

    model: type[Row]

    # Built once: to build a statement takes longer than to send it.
    _by_id: Select[Row]
    _insert: Insert

    def __init_subclass__(cls) -> None:
        cls._by_id = select(cls.model).where(cls.model.id == bindparam("row_id"))
        cls._insert = insert(cls.model.__table__)

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def get(self, row_id: int) -> Row | None:
        """Give the row with this id, or None."""
        return await self.session.scalar(self._by_id, {"row_id": row_id})

    async def insert(self, **values: Any) -> Row:
        """Insert a row and give it with its id, as a copy that the session forgets.

        Raises TypeError for a name that is no column.
        """
        row = self.model(**values)
        # By the table, which takes two thirds of the time of the session's flush.
        result = await self.session.execute(self._insert, values)
        inserted = cast(CursorResult[Any], result)
        defaults = cast(Mapping[str, Any], inserted.last_inserted_params())
        for name, value in defaults.items():
            setattr(row, name, value)
        row.id = cast(Sequence[int], inserted.inserted_primary_key)[0]
        return row

    async def insert_all(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert many rows at once; in batches, not in a statement each."""
        await self.session.execute(self._insert, rows)

    async def update(self, row_id: int, **values: Any) -> Row | None:
        """Change columns of a row and give it back, or None when there is no such row.

        Raises CompileError for a name that is no column.
        """
        if values:
            changed = update(self.model).where(self.model.id == row_id).values(**values)
            await self.run_update(changed)
        # Not every database gives rows back from an UPDATE, so the row is read.
        return await self.session.get(self.model, row_id, populate_existing=True)

    async def delete(self, row_id: int) -> None:
        """Delete the row with this id, if there is one."""
        await self.session.execute(delete(self.model).where(self.model.id == row_id))

    async def run_update(self, statement: Update) -> int:
        """Run an update, and count the rows for which its condition held.

        Rows in memory stay as they are; read again what has changed.
        """
        unsynchronized = statement.execution_options(synchronize_session=False)
        result = await self.session.execute(unsynchronized)
        return cast(CursorResult[Any], result).rowcount
