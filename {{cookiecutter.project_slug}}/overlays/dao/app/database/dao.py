"""The rows of one table: the base of every DAO."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields
from typing import Any, ClassVar, Generic, TypeVar, cast

from sqlalchemy import (
    ColumnElement,
    # {% if cookiecutter.concurrency == "sync" %}
    Connection,
    # {% endif %}
    CursorResult,
    Delete,
    Executable,
    Insert,
    Table,
    Update,
    bindparam,
    delete,
    insert,
    null,
    select,
    update,
)
# {% if cookiecutter.concurrency == "async" %}
from sqlalchemy.ext.asyncio import AsyncConnection
# {% endif %}

from app.database.base import AnyTable
from app.database.rows import AnySelect

Row = TypeVar("Row")


class DAO(Generic[Row]):
    """Reads and writes the rows of one table. It knows SQL and no rules.

    A subclass names the model of its table, and a frozen dataclass whose fields are
    columns of the table, and adds statements of its own. A row is a copy: to change it
    in the database, call `update`. Whoever opened the connection commits. Raises
    TypeError for a field that is no column. The methods that take or return an id are
    for tables that have one.
    """

    model: ClassVar[type[AnyTable]]
    row: type[Row]

    table: ClassVar[Table]
    columns: ClassVar[Sequence[ColumnElement[Any]]]

    # Built once: building a statement takes longer than sending it.
    _by_id: ClassVar[AnySelect]
    _insert: ClassVar[Insert]
    _delete: ClassVar[Delete]

    def __init_subclass__(cls) -> None:
        cls.table = table = cls.model.__table__
        names = [field.name for field in fields(cast(Any, cls.row))]
        cls._check_names(names)
        cls.columns = [table.columns[name] for name in names]
        has_id = table.columns.get("id", null()) == bindparam("row_id")
        cls._by_id = select(*cls.columns).where(has_id)
        cls._insert = insert(table)
        cls._delete = delete(table).where(has_id)

    @classmethod
    def _check_names(cls, names: Iterable[str]) -> None:
        # SQLAlchemy ignores a parameter of an INSERT that is no column.
        if unknown := {*names}.difference(cls.table.columns.keys()):
            raise TypeError(f"The table {cls.table.name} has no column {min(unknown)}.")

    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection

    async def get(self, row_id: int) -> Row | None:
        """Fetch the row with this id, or None."""
        return await self.fetch_one(self._by_id, row_id=row_id)

    async def fetch_one(self, statement: Executable, **values: Any) -> Row | None:
        """Fetch the first row of a statement that returns ``columns``, or None."""
        result = await self.connection.execute(statement, values)
        found = result.first()
        return None if found is None else self._make(*found)

    async def fetch_all(self, statement: AnySelect, **values: Any) -> list[Row]:
        """Fetch the rows of a select of ``columns``."""
        result = await self.connection.execute(statement, values)
        return [self._make(*found) for found in result]

    async def insert(self, **values: Any) -> Row:
        """Insert a row and return it, with its id.

        Raises TypeError for a name that is no column.
        """
        self._check_names(values)
        result = await self.connection.execute(self._insert, values)
        inserted = cast(CursorResult[Any], result)
        stored = dict(cast(Mapping[str, Any], inserted.last_inserted_params()))
        stored["id"] = cast(Sequence[int], inserted.inserted_primary_key)[0]
        return self._make(*(stored.get(str(each.key)) for each in self.columns))

    async def insert_all(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert many rows at once, in batches and not in a statement each."""
        await self.connection.execute(self._insert, rows)

    async def update(self, row_id: int, **values: Any) -> Row | None:
        """Change columns of a row and return it, or None where there is none.

        Raises TypeError for a name that is no column.
        """
        self._check_names(values)
        if not values:
            return await self.get(row_id)
        changed = update(self.table).where(self.table.columns.id == row_id)
        # {% if cookiecutter.database == "mysql" %}
        # The servers return no rows from an UPDATE.
        await self.connection.execute(changed.values(**values))
        return await self.get(row_id)
        # {% else %}
        return await self.fetch_one(changed.values(**values).returning(*self.columns))
        # {% endif %}

    async def delete(self, row_id: int) -> bool:
        """Delete the row with this id, and return whether there was one."""
        result = await self.connection.execute(self._delete, {"row_id": row_id})
        return result.rowcount == 1

    async def count_updated(self, statement: Update) -> int:
        """Run an update, and return the number of rows for which its condition held."""
        result = await self.connection.execute(statement)
        return result.rowcount

    def _make(self, *values: Any) -> Row:
        make = cast(Callable[..., Row], self.row)
        return make(*values)
