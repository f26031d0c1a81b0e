"""The models of tables, written in the style of the project."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID

from app.database.base import AnyTable
from sqlacodegen.generators import DeclarativeGenerator
from sqlalchemy import (
    ARRAY,
    JSON,
    Column,
    Connection,
    DateTime,
    Enum,
    Integer,
    MetaData,
    Numeric,
    Table,
    Time,
)
from sqlalchemy.dialects.postgresql import DOMAIN
from sqlalchemy.exc import CompileError
from sqlalchemy.types import TypeEngine

from cookiecutter_fastapi_sqlalchemy.inside.adoption import columns, naming, tables, types

# ruff removes from the written file what it does not need.
IMPORTS = {
    "enum": ["StrEnum"],
    "decimal": ["Decimal"],
    "typing": ["Any"],
    "uuid": ["UUID"],
    "sqlalchemy": [
        "CheckConstraint",
        "Column",
        "Computed",
        "Enum",
        "ForeignKey",
        "ForeignKeyConstraint",
        "Identity",
        "Index",
        "PrimaryKeyConstraint",
        "Table",
        "UniqueConstraint",
        "text",
    ],
    "sqlalchemy.orm": ["Mapped", "mapped_column"],
    "sqlalchemy.schema": ["conv"],
    "app.database.base": ["AnyTable", "Base"],
    "app.database.raw": ["Raw"],
    "app.database.types": ["Money"],
}
DATES = ("date", "datetime", "time", "timedelta")
# Names of the module and of classes, which attributes would hide.
RESERVED = {*dir(AnyTable), *dir(object), "mapped_column", "text", "values_of"}
ANNOTATED = {"bool", "bytes", "float", "int", "list", "set", "str"}
DOCSTRING = 80
VALUES_OF = '''\
def values_of(enum: type[StrEnum]) -> list[str]:
    """Return what the database stores of an enum: its values, not its names."""
    return [each.value for each in enum]
'''


class House(DeclarativeGenerator):
    """Writes tables as sqlacodegen reads them, in words of the project.

    There are no relationships: a foreign key says what there is, and which of them are
    loaded is decided where they are used.
    """

    def __init__(self, metadata: MetaData, connection: Connection, chosen: Sequence[Table]) -> None:
        super().__init__(metadata, connection, [])
        self.chosen = chosen
        self.dialect = connection.dialect
        self.convention: dict[str, Any] = dict(AnyTable.metadata.naming_convention)
        self.classes: dict[str, str] = {}
        self.enum_classes_of: dict[str, tuple[str, list[str]]] = {}
        self.attributes: dict[str, dict[str, str]] = {}
        self.dates_by_module = False

    def generate(self) -> str:
        """Return the module; ruff has to sort its imports and to format it."""
        for package, names in IMPORTS.items():
            self.imports[package].update(names)
        for column in self._columns():
            self._read_type(column)
        self._name_all()
        for column in self._columns():
            self._name_enum(column)
        models = [self._model(table) for table in self.chosen]
        parts = [*self._imports(), "", "", *self._enums(), *models]
        return "\n".join(['"""Tables that were there before the service, as found."""', "", *parts])

    def _columns(self) -> Iterator[Column[Any]]:
        for table in self.chosen:
            yield from table.columns

    def _name_all(self) -> None:
        imported = {name for names in self.imports.values() for name in names}
        taken = {*imported}
        for table in self.chosen:
            name = naming.singular_class(table.name)
            if name in taken and table.schema:
                name = naming.camel_case(table.schema) + name
            name = f"{name}Row" if name in imported else naming.free(name, taken)
            taken.add(name)
            self.classes[table.fullname] = name
            self.attributes[table.fullname] = self._attributes(table)
        attributes = {each for names in self.attributes.values() for each in names.values()}
        self.dates_by_module = bool(attributes.intersection(DATES))

    def _attributes(self, table: Table) -> dict[str, str]:
        names: dict[str, str] = {}
        for column in table.columns:
            taken = {*RESERVED, *ANNOTATED, *names.values()}
            names[column.name] = naming.attribute(column.name, taken)
        return names

    def _read_type(self, column: Column[Any]) -> None:
        column.type = types.tidied(column.type, self.dialect)
        with suppress(CompileError):  # of types that SQLAlchemy knows by their name alone
            column.type = self.get_adapted_type(column.type)
        self.collect_imports_for_column(column)

    def _name_enum(self, column: Column[Any]) -> None:
        enum = column.type.item_type if isinstance(column.type, ARRAY) else column.type
        if isinstance(enum, Enum):
            self._register(column, enum)

    def _register(self, column: Column[Any], enum: Enum) -> None:
        table = column.table.fullname
        key = (
            ".".join(filter(None, (enum.schema, enum.name)))
            if enum.name
            else f"{table}.{column.name}"
        )
        name = naming.camel_case(enum.name or f"{self.classes[table]}_{column.name}")
        if key not in self.enum_classes_of:
            taken = {*self.classes.values(), *(name for name, _ in self.enum_classes_of.values())}
            self.enum_classes_of[key] = (naming.free(name, taken), [*enum.enums])
        self.enum_classes[(table, column.name)] = self.enum_classes_of[key][0]

    def _imports(self) -> Iterator[str]:
        # The dialect's own takes what the general one of the same name does, and more.
        self.imports["sqlalchemy"] -= self.imports[f"sqlalchemy.dialects.{self.dialect.name}"]
        if self.dialect.name != "sqlite" and "Numeric" in self.imports["sqlalchemy"]:
            self.imports["sqlalchemy"].remove("Numeric")
            self.imports["app.database.types"].add("Numeric")
        yield (
            "import datetime as dt"
            if self.dates_by_module
            else f"from datetime import {', '.join(DATES)}"
        )
        for package, names in sorted(self.imports.items()):
            if names:
                yield f"from {package} import {', '.join(sorted(names))}"

    def _enums(self) -> Iterator[str]:
        if self.enum_classes_of:
            yield VALUES_OF
        for key, (name, values) in self.enum_classes_of.items():
            members: dict[str, str] = {}
            for value in values:
                members[naming.member(value, members)] = value
            yield f'\nclass {name}(StrEnum):\n    """The values of {key}."""\n'
            yield from (f"    {member} = {value!r}" for member, value in members.items())
            yield ""

    def _model(self, table: Table) -> str:
        if not table.primary_key.columns:
            return self._plain(table)
        has_base = self._has_key_of_base(table)
        lines = [f"\nclass {self.classes[table.fullname]}({'Base' if has_base else 'AnyTable'}):"]
        lines += [f'    """{_sentence_about(table)}"""', ""]
        lines.append(f"    __tablename__ = {table.name!r}")
        if arguments := self._table_arguments(table):
            lines.append(f"    __table_args__ = {arguments}")
        lines.append("")
        shown = [column for column in table.columns if not (has_base and column.name == "id")]
        lines += [f"    {self._attribute(column)}" for column in shown]
        return "\n".join([*lines, ""])

    def _plain(self, table: Table) -> str:
        """Return a table without a key, of which there can be no class."""
        name = naming.free(naming.snake_case(table.name, "table"), {*RESERVED, *ANNOTATED, *DATES})
        parts = [repr(table.name), "AnyTable.metadata"]
        parts += [
            f"Column({', '.join(self._arguments(column, shown_name=True))})"
            for column in table.columns
        ]
        parts += tables.arguments_of(table, self.convention, self.dialect)
        parts += [f"{option}={value}" for option, value in tables.options_of(table).items()]
        joined = ", ".join(parts)
        return f"\n# It has no primary key, and so no class.\n{name} = Table({joined})\n"

    def _table_arguments(self, table: Table) -> str:
        arguments = tables.arguments_of(table, self.convention, self.dialect)
        options = tables.options_of(table)
        if not options:
            return f"({', '.join(arguments)},)" if arguments else ""
        options_text = ", ".join(f'"{name}": {value}' for name, value in options.items())
        return (
            f"({', '.join([*arguments, '{' + options_text + '}'])},)"
            if arguments
            else f"{{{options_text}}}"
        )

    def _has_key_of_base(self, table: Table) -> bool:
        """Return whether the table has just the key that Base gives."""
        [first, *_] = table.columns
        if not (first.name == "id" and columns.only_key(first) and columns.generates_itself(first)):
            return False
        plain = not (first.comment or first.nullable or first.identity)
        autoincrement = (
            self.dialect.name != "sqlite" or table.dialect_options["sqlite"]["autoincrement"]
        )
        return plain and bool(autoincrement) and types.same(first.type, Integer(), self.dialect)

    def _attribute(self, column: Column[Any]) -> str:
        annotation = self._annotation(column)
        nullable = column.nullable and not column.primary_key
        name = self.attributes[column.table.fullname][column.name]
        arguments = self._arguments(column, shown_name=name != column.name)
        mapped = f"{name}: Mapped[{annotation}{' | None' if nullable else ''}]"
        return f"{mapped} = mapped_column({', '.join(arguments)})" if arguments else mapped

    def _arguments(self, column: Column[Any], shown_name: bool) -> list[str]:
        keys = columns.own_keys(column)
        in_class = bool(column.table.primary_key.columns)
        arguments = [repr(column.name)] if shown_name else []
        if not columns.has_type_of_target(column, self.dialect) and (
            keys or not in_class or not self._is_said_by_annotation(column)
        ):
            arguments.append(self._type(column, column.type))
        arguments += [tables.inline_key(key, self.convention) for key in keys]
        default = columns.default_of(column)
        if default and not default.startswith("server_default"):
            arguments.append(default)
        arguments += self._key_arguments(column)
        if not in_class and not column.nullable:
            arguments.append("nullable=False")
        arguments += columns.marks(column, self.convention)
        if default and default.startswith("server_default"):
            arguments.append(default)
        if column.comment:
            arguments.append(f"comment={column.comment!r}")
        return arguments

    def _key_arguments(self, column: Column[Any]) -> Iterator[str]:
        if not column.primary_key:
            return
        yield "primary_key=True"
        if column.nullable:  # SQLite allows it
            yield "nullable=True"
        numbered = isinstance(column.type, Integer) and not column.foreign_keys
        if columns.only_key(column):
            if numbered and not column.server_default and not columns.generates_itself(column):
                yield "autoincrement=False"
        elif numbered and column.autoincrement is True:
            yield "autoincrement=True"

    def _is_money(self, column: Column[Any]) -> bool:
        found = column.type
        if self.dialect.name == "sqlite" or type(found) is not Numeric:
            return False
        return (found.precision, found.scale) == types.MONEY

    def _is_said_by_annotation(self, column: Column[Any]) -> bool:
        if self._is_money(column):
            return True
        return self._enum_of(column) is None and types.is_implied(column.type, self.dialect)

    def _annotation(self, column: Column[Any]) -> str:
        if isinstance(column.type, ARRAY):
            depth = column.type.dimensions or 1
            return (
                "list[" * depth + self._name_of_values(column, column.type.item_type) + "]" * depth
            )
        if self._is_money(column):
            return "Money"
        return self._name_of_values(column, column.type)

    def _name_of_values(self, column: Column[Any], type_: TypeEngine[Any]) -> str:
        if enum := self._enum_of(column):
            return enum
        found = types.python_type(type_)
        if found is set:
            return "set[str]"
        if isinstance(type_, JSON) or found is object:
            return "Any"
        if found.__module__ == "datetime" and self.dates_by_module:
            return f"dt.{found.__name__}"
        return "UUID" if found is UUID else found.__name__

    def _enum_of(self, column: Column[Any]) -> str | None:
        return self.enum_classes.get((column.table.fullname, column.name))

    def _type(self, column: Column[Any], type_: TypeEngine[Any]) -> str:
        if isinstance(type_, types.Raw):
            return f"Raw({type_.name!r})"
        if isinstance(type_, ARRAY) and self._enum_of(column):
            dimensions = f", dimensions={type_.dimensions}" if type_.dimensions else ""
            return f"ARRAY({self._type(column, type_.item_type)}{dimensions})"
        if isinstance(type_, Enum) and (enum := self._enum_of(column)):
            said = [
                enum,
                *(
                    f"{each}={getattr(type_, each)!r}"
                    for each in ("name", "schema")
                    if getattr(type_, each)
                ),
            ]
            return f"Enum({', '.join([*said, 'values_callable=values_of'])})"
        if isinstance(type_, DOMAIN):
            schema = f", schema={type_.schema!r}" if type_.schema else ""
            data = self._type(column, type_.data_type)
            return f"DOMAIN({type_.name!r}, {data}, create_type=False{schema})"
        if isinstance(type_, DateTime | Time) and type(type_) in (DateTime, Time):
            return f"{type(type_).__name__}{'(timezone=True)' if type_.timezone else ''}"
        return self.render_column_type(Column("", type_))


def _sentence_about(table: Table) -> str:
    comment = " ".join((table.comment or "").split()).rstrip(".")
    if comment and len(comment) < DOCSTRING and not {"\\", '"'}.intersection(comment):
        return f"{comment[0].upper()}{comment[1:]}."
    return f"A row of {table.fullname}."


def in_order(found: Iterable[Table]) -> list[Table]:
    """Return tables in the order of their names, as one looks them up."""
    return sorted(found, key=lambda table: (table.schema or "", table.name.lower()))
