"""The schema of PostgreSQL as SQL, and what reflection leaves out of it."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    Column,
    Computed,
    Connection,
    DefaultClause,
    Enum,
    Index,
    MetaData,
    String,
    Table,
    bindparam,
    text,
)
from sqlalchemy.dialects.postgresql import (
    DOMAIN,
    CreateDomainType,
    CreateEnumType,
    DropDomainType,
    DropEnumType,
)
from sqlalchemy.schema import (
    AddConstraint,
    CreateIndex,
    CreateTable,
    DDLElement,
    DropConstraint,
    DropTable,
    SetColumnComment,
    SetTableComment,
    sort_tables_and_constraints,
)
from sqlalchemy.sql.elements import TextClause
from sqlalchemy.types import NullType

from cookiecutter_fastapi_sqlalchemy.inside.adoption.columns import sql
from cookiecutter_fastapi_sqlalchemy.inside.adoption.live import qualified
from cookiecutter_fastapi_sqlalchemy.inside.adoption.queries import (
    EXCLUSIONS,
    EXTENSIONS,
    FUNCTIONS,
    INDEXES_OF_VIEWS,
    PARTITION_KEYS,
    PARTITIONS,
    SEQUENCES,
    TRIGGERS,
    UNKNOWN_TYPES,
    VIEWS,
)
from cookiecutter_fastapi_sqlalchemy.inside.adoption.statements import Statement
from cookiecutter_fastapi_sqlalchemy.inside.adoption.types import Raw


class Catalog:
    """Reads the system catalogs for the schemas that are adopted."""

    def __init__(self, connection: Connection, metadata: MetaData, schemas: Sequence[str | None]):
        self.connection = connection
        self.metadata = metadata
        self.default = str(connection.dialect.default_schema_name)
        self.schemas = [schema or self.default for schema in schemas]

    def key(self, schema: str, name: str) -> str:
        """Return the key of a table in the metadata."""
        return qualified(None if schema == self.default else schema, name)

    def rows(self, query: str, **values: Any) -> Sequence[Any]:
        parameters = {"schemas": self.schemas, **values}
        names = [
            bindparam(name, type_=String, expanding=True)
            for name in parameters
            if f":{name}" in query
        ]
        given = {name.key: parameters[name.key] for name in names}
        return self.connection.execute(text(query).bindparams(*names), given).all()

    def complete(self) -> None:
        """Name the types that reflection does not know, and leave partitions to their table."""
        for schema, name, *_ in self.rows(PARTITIONS):
            if (table := self.metadata.tables.get(self.key(schema, name))) is not None:
                self.metadata.remove(table)
        for schema, name, definition in self.rows(PARTITION_KEYS):
            if (table := self.metadata.tables.get(self.key(schema, name))) is not None:
                table.dialect_options["postgresql"]["partition_by"] = definition
        self._escape_texts()
        for column in self._columns():
            if isinstance(column.type, DOMAIN) and column.type.collation == "default":
                column.type.collation = None  # the data type says it, too
            if column.server_default is not None:
                column.autoincrement = False  # or it would be written as SERIAL
        self._name_types([each for each in self._columns() if isinstance(each.type, NullType)])

    def _escape_texts(self) -> None:
        """Let no colon in reflected SQL stand for a parameter."""
        for table in self.metadata.tables.values():
            for check in table.constraints:
                if isinstance(check, CheckConstraint):
                    check.sqltext = text(sql(check.sqltext))
            for index in table.indexes:
                options = index.dialect_options["postgresql"]
                if options["where"] is not None:
                    options["where"] = text(sql(options["where"]))
                expressions: list[Any] = [
                    text(sql(each)) if isinstance(each, TextClause) else each
                    for each in index.expressions
                ]
                index.expressions = expressions
        for column in self._columns():
            default = column.server_default
            if isinstance(default, Computed):
                default.sqltext = text(sql(default.sqltext))
            elif isinstance(default, DefaultClause):
                default.arg = text(sql(default.arg))

    def _columns(self) -> Iterator[Column[Any]]:
        for table in self.metadata.tables.values():
            yield from table.columns

    def _name_types(self, unknown: list[Column[Any]]) -> None:
        if not unknown:
            return
        types = {
            (self.key(schema, table), column): name
            for schema, table, column, name in self.rows(UNKNOWN_TYPES)
        }
        for column in unknown:
            column.type = Raw(types[column.table.fullname, column.name])

    def facts(self) -> dict[str, bool]:
        """Return what autogenerate would misread."""
        return {"partitions": bool(self.rows(PARTITIONS))}

    def notes(self) -> list[str]:
        """Return what is to be told about the baseline."""
        return []

    def statements(self, left_out: Sequence[str]) -> Iterator[Statement]:
        """Yield what makes the schema in an empty database, and what takes it back."""
        for schema in self.schemas:
            if schema != self.default:
                name = self.connection.dialect.identifier_preparer.quote_schema(schema)
                yield Statement(f"CREATE SCHEMA {name}", f"DROP SCHEMA {name}")
        yield from (Statement(row[0]) for row in self.rows(EXTENSIONS))
        yield from self._types()
        functions = self.rows(FUNCTIONS)
        if functions:
            yield Statement("SET LOCAL check_function_bodies = off")
        yield from (Statement(made, undo) for made, undo, used in functions if used)
        sequences = self.rows(SEQUENCES, left_out=left_out)
        yield from (Statement(made, undo) for made, undo, _ in sequences)
        yield from self._tables()
        yield from self._partitions()
        yield from (Statement(owned) for *_, owned in sequences if owned)
        yield from (Statement(row[0]) for row in self.rows(EXCLUSIONS))
        yield from (Statement(made, undo) for made, undo, used in functions if not used)
        yield from (Statement(made, undo) for made, undo in self.rows(VIEWS))
        yield from (Statement(row[0]) for row in self.rows(INDEXES_OF_VIEWS))
        yield from (Statement(made, undo) for made, undo in self.rows(TRIGGERS))

    def _partitions(self) -> Iterator[Statement]:
        """Yield the partitions of the tables that are adopted, and theirs in turn."""
        made = {*self.metadata.tables}
        for schema, name, parent_schema, parent, statement in self.rows(PARTITIONS):
            if self.key(parent_schema, parent) in made:
                made.add(self.key(schema, name))
                yield Statement(statement)

    def _compiled(self, element: DDLElement) -> str:
        return str(element.compile(dialect=self.connection.dialect)).strip()

    def _types(self) -> Iterator[Statement]:
        made: set[str] = set()
        for type_ in self._named_types():
            domain = isinstance(type_, DOMAIN)
            create = CreateDomainType(type_) if domain else CreateEnumType(type_)
            drop = DropDomainType(type_) if domain else DropEnumType(type_)
            statement = self._compiled(create)
            if statement not in made:
                made.add(statement)
                yield Statement(statement, self._compiled(drop))

    def _named_types(self) -> Iterator[Any]:
        for column in self._columns():
            found = column.type.item_type if isinstance(column.type, ARRAY) else column.type
            if isinstance(found, DOMAIN) and isinstance(found.data_type, Enum):
                yield found.data_type
            if isinstance(found, Enum | DOMAIN):
                yield found

    def _tables(self) -> Iterator[Statement]:
        tables = sorted(self.metadata.tables.values(), key=lambda table: table.fullname)
        sort: Any = sort_tables_and_constraints
        for table, keys in sort(tables, extra_dependencies=self._parents()):
            if table is None:
                yield from (
                    Statement(
                        self._compiled(AddConstraint(key)), self._compiled(DropConstraint(key))
                    )
                    for key in sorted(keys, key=lambda key: str(key.name))
                )
                continue
            create = CreateTable(table, include_foreign_key_constraints=keys)
            yield Statement(self._compiled(create), self._compiled(DropTable(table)))
            yield from self._of_table(table)

    def _parents(self) -> list[tuple[Table, Table]]:
        """Return which tables other tables inherit from, each before its heir."""
        return [
            (parent, table)
            for table in self.metadata.tables.values()
            for name in table.dialect_options["postgresql"]["inherits"] or ()
            if (parent := self.metadata.tables.get(qualified(table.schema, name))) is not None
        ]

    def _of_table(self, table: Table) -> Iterator[Statement]:
        indexes: list[Index] = sorted(table.indexes, key=lambda index: str(index.name))
        yield from (Statement(self._compiled(CreateIndex(index))) for index in indexes)
        if table.comment:
            yield Statement(self._compiled(SetTableComment(table)))
        for column in table.columns:
            if column.comment:
                yield Statement(self._compiled(SetColumnComment(column)))
