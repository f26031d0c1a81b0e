"""The models of tables, written in the style of the project."""

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import (
    Column,
    Integer,
    Table,
)

from cookiecutter_fastapi_sqlalchemy.inside.adoption import columns, naming, tables, types
from cookiecutter_fastapi_sqlalchemy.inside.adoption.vocabulary import (
    ANNOTATED,
    DATES,
    IMPORTS,
    RESERVED,
    Vocabulary,
)

DOCSTRING = 80
VALUES_OF = '''\
def values_of(enum: type[StrEnum]) -> list[str]:
    """Return what the database stores of an enum: its values, not its names."""
    return [each.value for each in enum]
'''


class House(Vocabulary):
    """Writes tables as sqlacodegen reads them, in words of the project.

    There are no relationships: a foreign key says what there is, and which of them are
    loaded is decided where they are used.
    """

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

    def readable(self) -> Iterator[dict[str, Any]]:
        """Yield the tables whose key is one integer, with the columns that JSON can show."""
        for table in self.chosen:
            key = self._integer_key(table)
            if key is None:
                continue
            model = self.classes[table.fullname]
            shown = [column for column in table.columns if self._is_shown(column)]
            yield {
                "table": table.fullname,
                "model": model,
                "one": naming.snake_case(model),
                "many": naming.snake_case(table.name, "table"),
                "path": "/" + naming.snake_case(table.name, "table").replace("_", "-"),
                "key": key.name,
                "is_large": not types.same(key.type, Integer(), self.dialect),
                "fields": [self._field(column) for column in shown],
                "enums": [enum for column in shown if (enum := self._enum_of(column))],
            }

    def _integer_key(self, table: Table) -> Column[Any] | None:
        """Return the key of a table if it is one integer, whose name is also that in Python."""
        key, *more = *table.primary_key.columns, None
        if key is None or more != [None] or not isinstance(key.type, Integer):
            return None
        # SQLite declares its own row numbers so, which are never NULL.
        may_be_null = key.nullable and not types.same(key.type, Integer(), self.dialect)
        named = self.attributes[table.fullname][key.name]
        return key if named == key.name and not may_be_null else None

    def _is_shown(self, column: Column[Any]) -> bool:
        annotation = self._annotation(column)
        return "Any" not in annotation and "bytes" not in annotation

    def _field(self, column: Column[Any]) -> tuple[str, str]:
        annotation = self._annotation(column).replace("Money", "Decimal")
        nullable = " | None" if column.nullable and not column.primary_key else ""
        return self.attributes[column.table.fullname][column.name], f"{annotation}{nullable}"

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
        """Return whether the table has just the key that Base has."""
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

    def _is_said_by_annotation(self, column: Column[Any]) -> bool:
        if self._is_money(column):
            return True
        return self._enum_of(column) is None and types.is_implied(column.type, self.dialect)


def _sentence_about(table: Table) -> str:
    comment = " ".join((table.comment or "").split()).rstrip(".")
    if comment and len(comment) < DOCSTRING and not {"\\", '"'}.intersection(comment):
        return f"{comment[0].upper()}{comment[1:]}."
    return f"A row of {table.fullname}."


def in_order(found: Iterable[Table]) -> list[Table]:
    """Return tables in the order of their names, as one looks them up."""
    return sorted(found, key=lambda table: (table.schema or "", table.name.lower()))
