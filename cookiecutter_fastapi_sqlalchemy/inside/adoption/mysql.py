"""The schema of MySQL or MariaDB as SQL, and what reflection leaves out of it."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import (
    JSON,
    Connection,
    DefaultClause,
    ForeignKeyConstraint,
    Index,
    MetaData,
    Table,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.mysql import BIT
from sqlalchemy.types import NullType

from cookiecutter_fastapi_sqlalchemy.inside.adoption.statements import Statement
from cookiecutter_fastapi_sqlalchemy.inside.adoption.types import Raw

COUNTER = re.compile(r" AUTO_INCREMENT=\d+")
COLUMNS = """
    SELECT table_name, column_name, column_type, column_default FROM information_schema.columns
    WHERE table_schema = DATABASE()
"""
# MariaDB's JSON is text with a CHECK that is named as its column.
JSON_COLUMNS = """
    SELECT table_name, constraint_name FROM information_schema.check_constraints
    WHERE constraint_schema = DATABASE()
    AND check_clause = concat('json_valid(`', constraint_name, '`)')
"""
KEY_PARTS = """
    SELECT table_name, index_name, column_name, collation, {expression}
    FROM information_schema.statistics WHERE table_schema = DATABASE()
    ORDER BY table_name, index_name, seq_in_index
"""
VIEWS = """
    SELECT table_name, view_definition FROM information_schema.views
    WHERE table_schema = DATABASE() ORDER BY table_name
"""
TRIGGERS = """
    SELECT trigger_name, action_timing, event_manipulation, event_object_table, action_statement
    FROM information_schema.triggers WHERE trigger_schema = DATABASE()
    ORDER BY event_object_table, action_timing, event_manipulation, action_order
"""


class Catalog:
    """Reads the information schema of the database."""

    def __init__(self, connection: Connection, metadata: MetaData, _schemas: Sequence[str | None]):
        self.connection = connection
        self.metadata = metadata

    def rows(self, query: str) -> Sequence[Any]:
        return self.connection.execute(text(query)).all()

    def complete(self) -> None:
        """Name the types, and read the indexes, that reflection does not know."""
        self._complete_columns()
        parts = self._key_parts()
        for table in self.metadata.tables.values():
            for index in [*table.indexes]:
                self._complete(table, index, parts[table.name, str(index.name)])

    def _complete_columns(self) -> None:
        found = {(table, column): rest for table, column, *rest in self.rows(COLUMNS)}
        json = {tuple(row) for row in self.rows(JSON_COLUMNS)} if self.is_maria else ()
        for column in [each for table in self.metadata.tables.values() for each in table.columns]:
            key = (column.table.name, column.name)
            name, default = found[key]
            if isinstance(column.type, NullType):
                column.type = Raw(_text(name))
            elif isinstance(column.type, BIT) and default is not None:
                column.server_default = DefaultClause(text(_text(default)))
            elif key in json:
                column.type = JSON()

    @property
    def is_maria(self) -> bool:
        return bool(self.connection.dialect.is_mariadb)  # type: ignore[attr-defined]

    def _key_parts(self) -> dict[tuple[str, str], list[Any]]:
        query = KEY_PARTS.format(expression="NULL" if self.is_maria else "expression")
        parts: dict[tuple[str, str], list[Any]] = defaultdict(list)
        for table, index, *part in self.rows(query):
            parts[table, index].append(part)
        return parts

    def _complete(self, table: Table, index: Index, parts: list[Any]) -> None:
        """Read an index anew where it has expressions, or leave it to what makes it."""
        if any(_comes_with(index, key) for key in table.foreign_key_constraints):
            table.indexes.remove(index)
            return
        if any(expression or order == "D" for _, order, expression in parts):
            table.indexes.remove(index)
            elements = [_element(table, *part) for part in parts]
            Index(index.name, *elements, unique=index.unique, _table=table)
        elif index.unique and not index.dialect_kwargs:
            table.indexes.remove(index)
            table.append_constraint(UniqueConstraint(*index.columns, name=index.name))

    def facts(self) -> dict[str, bool]:
        """Return what autogenerate would misread."""
        indexes = [index for table in self.metadata.tables.values() for index in table.indexes]
        return {
            "expression_indexes": any(
                len(index.columns) < len(index.expressions) for index in indexes
            )
        }

    def notes(self) -> list[str]:
        """Return what is to be told about the baseline."""
        hidden = [str(name) for name, definition in self.rows(VIEWS) if not definition]
        note = (
            f"The baseline lacks the views {', '.join(hidden)}, which the role of the URL may "
            "not see: adopt with one that has SHOW VIEW if the tests need them."
        )
        return [note] if hidden else []

    def statements(self, _left_out: Sequence[str]) -> Iterator[Statement]:
        """Yield what makes the schema in an empty database, and what takes it back."""
        tables = sorted(self.metadata.tables.values(), key=lambda table: table.name)
        # In which order tables are made does not matter then, nor whether they form circles.
        yield Statement("SET foreign_key_checks = 0", "SET foreign_key_checks = 1")
        for table in tables:
            name = self._quoted(table.name)
            [[_, made]] = self.rows(f"SHOW CREATE TABLE {name.replace(':', chr(92) + ':')}")
            yield Statement(COUNTER.sub("", _text(made)), f"DROP TABLE {name}")
        yield Statement("SET foreign_key_checks = 1", "SET foreign_key_checks = 0")
        yield from self._views()
        for name, timing, event, table, action in self.rows(TRIGGERS):
            if table in self.metadata.tables:
                made = f"CREATE TRIGGER {self._quoted(name)} {timing} {event} ON "
                yield Statement(f"{made}{self._quoted(table)} FOR EACH ROW {_text(action)}")

    def _views(self) -> Iterator[Statement]:
        database = self._quoted(str(self.connection.engine.url.database))
        definitions = {
            str(name): _text(definition).replace(f"{database}.", "")
            for name, definition in self.rows(VIEWS)
        }
        for name in _dependent_last(definitions):
            quoted = self._quoted(name)
            yield Statement(f"CREATE VIEW {quoted} AS {definitions[name]}", f"DROP VIEW {quoted}")

    def _quoted(self, name: str) -> str:
        return self.connection.dialect.identifier_preparer.quote_identifier(name)


def _comes_with(index: Index, key: ForeignKeyConstraint) -> bool:
    """Return whether MySQL has added an index to a foreign key by itself."""
    columns = key.column_keys
    named = index.name in (key.name, columns[0])
    return named and [column.name for column in index.columns] == columns


def _element(table: Table, column: str | None, order: str | None, expression: Any) -> Any:
    if expression is not None:
        return text("(" + _text(expression).replace("\\'", "'") + ")")
    assert column is not None
    return text(f"`{column}` DESC") if order == "D" else table.columns[column]


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _dependent_last(definitions: dict[str, str]) -> Iterator[str]:
    """Yield the names of views, each after those that its definition names."""
    left = {name: definition for name, definition in definitions.items() if definition}
    while left:
        ready = [
            name
            for name, definition in left.items()
            if not any(f"`{other}`" in definition for other in left if other != name)
        ]
        for name in ready or [*left]:
            del left[name]
            yield name
