"""What the tables, columns, types and enums of a schema are called in the project."""

from collections.abc import Iterator, Sequence
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
    MetaData,
    Numeric,
    Table,
    Time,
)
from sqlalchemy.dialects.postgresql import DOMAIN
from sqlalchemy.exc import CompileError
from sqlalchemy.types import TypeEngine

from cookiecutter_fastapi_sqlalchemy.inside.adoption import naming, types

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


class Vocabulary(DeclarativeGenerator):
    """Names what sqlacodegen reads, and the types of columns, in the project's words."""

    def __init__(self, metadata: MetaData, connection: Connection, chosen: Sequence[Table]) -> None:
        super().__init__(metadata, connection, [])
        self.chosen = chosen
        self.dialect = connection.dialect
        self.convention: dict[str, Any] = dict(AnyTable.metadata.naming_convention)
        self.classes: dict[str, str] = {}
        self.enum_classes_of: dict[str, tuple[str, list[str]]] = {}
        self.attributes: dict[str, dict[str, str]] = {}
        self.dates_by_module = False

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

    def _is_money(self, column: Column[Any]) -> bool:
        found = column.type
        if self.dialect.name == "sqlite" or type(found) is not Numeric:
            return False
        return (found.precision, found.scale) == types.MONEY

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
