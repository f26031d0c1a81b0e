"""The fields of a feature, and what is derived from them."""

import json
from dataclasses import dataclass
from decimal import Decimal

from cookiecutter_fastapi_sqlalchemy.features.field_types import (
    LONGEST_SORTED,
    REFERENCE,
    TYPES,
    FieldType,
)
from cookiecutter_fastapi_sqlalchemy.features.names import camel, one_of, words
from cookiecutter_fastapi_sqlalchemy.features.reserved import ALIASES_TAKEN
from cookiecutter_fastapi_sqlalchemy.features.tables import Table

ON_DELETE = {"restrict": "RESTRICT", "cascade": "CASCADE", "set-null": "SET NULL"}
ENUM_LENGTH = 20


@dataclass(frozen=True)
class Value:
    """A value in its forms: as Python source of the model, and as JSON of the tests."""

    python: str
    json: str


@dataclass(frozen=True)
class Field:
    """A column of the feature's table."""

    name: str
    type_name: str
    owner: str  # the class of the feature
    nullable: bool = False
    unique: bool = False
    index: bool = False
    default: Value | None = None
    length: int = 0
    values: tuple[str, ...] = ()
    target: Table | None = None  # what a reference is to
    on_delete: str = "restrict"
    is_own: bool = False  # whether a reference is to the feature itself

    @property
    def type(self) -> FieldType:
        return TYPES[self.type_name]

    @property
    def is_reference(self) -> bool:
        return self.type_name == REFERENCE

    @property
    def attribute(self) -> str:
        """The name of the column, and of the field in schemas."""
        return f"{self.name}_id" if self.is_reference else self.name

    @property
    def words(self) -> str:
        return words(self.name)

    @property
    def python(self) -> str:
        """The type of the value in answers and rows."""
        return self._or_none(self._named(self.type.python))

    @property
    def mapped(self) -> str:
        """The type of the attribute of the model."""
        return self._or_none(self._named(self.type.mapped))

    @property
    def column(self) -> str:
        """The arguments of mapped_column."""
        arguments = [self.type.column.format(length=self.length)] if self.type.column else []
        if self.values:
            arguments.append(self._enum_type)
        if self.target:
            rule = ON_DELETE[self.on_delete]
            arguments.append(f'ForeignKey("{self.target.name}.id", ondelete="{rule}")')
        if self.unique:
            arguments.append("unique=True")
        elif self.index or self.is_reference:
            arguments.append("index=True")
        if self.default:
            arguments.append(f"default={self.default.python}")
        return ", ".join(arguments)

    @property
    def enum(self) -> str:
        """The class of an enum."""
        return self._named("{Class}{Name}")

    @property
    def members(self) -> list[tuple[str, str]]:
        """The names and values of an enum."""
        return [(member_of(value), value) for value in self.values]

    @property
    def _enum_type(self) -> str:
        longest = max(map(len, self.values))
        length = f", length={longest}" if longest > ENUM_LENGTH else ""
        return f'enum_type({self.enum}, "{self.attribute}"{length})'

    @property
    def alias(self) -> str:
        """What requests are validated by."""
        return self._named(self.type.alias)

    @property
    def takes(self) -> str:
        """What the alias stands for; empty where it is imported."""
        is_empty = self.default is not None and self.default.python == '""'
        return self.type.takes.format(length=self.length, least=0 if is_empty else 1).replace(
            "min_length=0, ", ""
        )

    @property
    def in_create(self) -> str:
        """The annotation, and the default, in the schema of a new row."""
        if self.default:
            return f"{self._or_none(self.alias)} = {self.default.python}"
        return f"{self.alias} | None = None" if self.nullable else self.alias

    @property
    def in_update(self) -> str:
        """The annotation and the default in the schema of a change."""
        if self.nullable:
            return f"{self.alias} | None = None"
        return f"NotNull[{self.alias}] = None"

    @property
    def in_query(self) -> str:
        """The annotation and the default in the query of the list."""
        filtered = {"reference": "Id", "bool": "bool"}.get(self.type_name, self.alias)
        return f"{filtered} | None = None"

    @property
    def is_filter(self) -> bool:
        return self.type.is_filter

    @property
    def is_sortable(self) -> bool:
        too_long = self.length > LONGEST_SORTED
        return self.type.is_sortable and not self.nullable and not too_long

    @property
    def is_required(self) -> bool:
        return not self.nullable and self.default is None

    @property
    def example(self) -> str:
        """A value for the tests."""
        if self.type_name == "str":
            return self._example_of_text()
        if self.type_name == "text":
            return json.dumps(f"Some {self.words}.")
        if self.unique and self.type.unique:
            return self.type.unique
        return self._of_enum(self.type.example)

    @property
    def other(self) -> str:
        """Another value for the tests."""
        if self.type_name in ("str", "text"):
            return '"z"'
        return self._of_enum(self.type.other)

    @property
    def bad(self) -> list[str]:
        """Values that are refused."""
        too_long = str(self.length + 1)
        values = [each.replace("{too_long}", too_long) for each in self.type.bad]
        return values if self.nullable else [*values, "None"]

    def _example_of_text(self) -> str:
        if not self.unique:
            return json.dumps(self.words.capitalize()[: self.length].strip())
        if len(self.name) + 6 > self.length:
            return f"str(number)[-{self.length}:]"
        return f'f"{self.name}-{{number}}"'

    def _of_enum(self, text: str) -> str:
        if not self.values:
            return text
        return text.format(first=self.values[0], last=self.values[-1])

    def _or_none(self, python_type: str) -> str:
        return f"{python_type} | None" if self.nullable else python_type

    def _named(self, text: str) -> str:
        named = text.format(Name=camel(self.name), Class=self.owner)
        return f"{self.owner}{named}" if text == "{Name}" and named in ALIASES_TAKEN else named


@dataclass(frozen=True)
class Many:
    """A list of ids of another table, which an association table holds."""

    name: str
    target: Table
    owner: str  # the class of the feature
    owner_name: str  # its singular

    @property
    def one(self) -> str:
        """The singular of its name."""
        return one_of(self.name)

    @property
    def words(self) -> str:
        return words(self.name)

    @property
    def column(self) -> str:
        """The column of the other side, and the filter of the list."""
        return f"{self.one}_id"

    @property
    def own_column(self) -> str:
        return f"{self.owner_name}_id"

    @property
    def table(self) -> str:
        return f"{self.owner_name}_{self.name}"

    @property
    def association(self) -> str:
        """The class of the association table."""
        return f"{self.owner}{camel(self.one)}"


def member_of(value: str) -> str:
    """Return the name of an enum's member."""
    return value.upper().replace("-", "_")


def decimal_source(amount: Decimal) -> str:
    """Return the source of a decimal, which is answered as it is written."""
    return f'Decimal("{amount:.2f}")'
