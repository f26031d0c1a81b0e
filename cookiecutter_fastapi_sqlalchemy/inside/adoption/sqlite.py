"""The schema of SQLite as SQL, which SQLite keeps as it was written."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import (
    Connection,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
    inspect,
    text,
)
from sqlalchemy.types import NullType

from cookiecutter_fastapi_sqlalchemy.inside.adoption.statements import Statement
from cookiecutter_fastapi_sqlalchemy.inside.adoption.types import Raw

OBJECTS = """
    SELECT type, name, tbl_name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid
"""
AUTOMATIC = "sqlite_autoindex"  # how the index of a constraint is named
KINDS = ("table", "index", "view", "trigger")


class Catalog:
    """Reads what SQLite keeps."""

    def __init__(self, connection: Connection, metadata: MetaData, _schemas: Sequence[str | None]):
        self.connection = connection
        self.metadata = metadata

    def _objects(self) -> Sequence[Any]:
        return self.connection.execute(text(OBJECTS)).all()

    def complete(self) -> None:
        """Find the constraints and types that reflection does not, and AUTOINCREMENT."""
        written = {name: sql for kind, name, _, sql in self._objects() if kind == "table"}
        for table in self.metadata.tables.values():
            if "AUTOINCREMENT" in written[table.name].upper():
                table.dialect_options["sqlite"]["autoincrement"] = True
            self._complete_uniques(table)
            for column in table.columns:
                if isinstance(column.type, NullType):
                    column.type = Raw("")

    def _complete_uniques(self, table: Table) -> None:
        known = {frozenset(each.columns.keys()) for each in _keys_of(table)}
        indexes = inspect(self.connection).get_indexes(table.name, include_auto_indexes=True)
        for index in indexes:
            columns = [name for name in index["column_names"] if name]
            automatic = str(index["name"]).startswith(AUTOMATIC)
            if automatic and frozenset(columns) not in known:
                table.append_constraint(
                    UniqueConstraint(*(table.columns[name] for name in columns))
                )

    def facts(self) -> dict[str, bool]:
        """Return what autogenerate would misread."""
        tables = self.metadata.tables.values()
        nameless = any(
            isinstance(each, UniqueConstraint) and each.name is None
            for table in tables
            for each in table.constraints
        )
        return {"nameless_uniques": nameless}

    def notes(self) -> list[str]:
        """Return what is to be told about the baseline."""
        return []

    def statements(self, left_out: Sequence[str]) -> Iterator[Statement]:
        """Yield what makes the schema in an empty database, and what takes it back."""
        objects = sorted(self._objects(), key=lambda found: KINDS.index(found.type))
        for kind, name, table, sql in objects:
            ours = table in self.metadata.tables or (kind == "view" and name not in left_out)
            if not ours:
                continue
            goes_with_table = kind in ("index", "trigger")
            yield Statement(sql, "" if goes_with_table else f"DROP {kind.upper()} {_quoted(name)}")


def _keys_of(table: Table) -> Iterator[PrimaryKeyConstraint | UniqueConstraint]:
    for constraint in table.constraints:
        if isinstance(constraint, PrimaryKeyConstraint | UniqueConstraint):
            yield constraint


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
