"""From fields as they were written to a feature that can be made, or a refusal."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from cookiecutter_fastapi_sqlalchemy.errors import Refused
from cookiecutter_fastapi_sqlalchemy.features import names, reserved
from cookiecutter_fastapi_sqlalchemy.features.access import BY_DEFAULT, USERS, Access
from cookiecutter_fastapi_sqlalchemy.features.defaults import with_default
from cookiecutter_fastapi_sqlalchemy.features.feature import Feature
from cookiecutter_fastapi_sqlalchemy.features.field_types import (
    MANY,
    REFERENCE,
)
from cookiecutter_fastapi_sqlalchemy.features.fields import (
    Field,
    Many,
)
from cookiecutter_fastapi_sqlalchemy.features.grammar import Spec
from cookiecutter_fastapi_sqlalchemy.features.options import (
    check_arguments,
    check_options,
    length_of,
    on_delete_of,
    values_of,
)
from cookiecutter_fastapi_sqlalchemy.features.tables import Table

# The bytes of a row of MySQL, less what columns of other types take; 4 for a character.
ROW_BYTES = 60_000
CHARACTER_BYTES = 4


@dataclass(frozen=True)
class Builder:
    """Builds a feature of a project from its names and fields.

    Takes the tables of the project by name, and the reserved words of its database.
    """

    name: str
    singular: str
    tables: Mapping[str, Table]
    reserved: frozenset[str]
    access: Access = BY_DEFAULT

    def build(self, specs: Sequence[Spec]) -> Feature:
        """Return the feature. Raises Refused for what cannot be one."""
        if not specs:
            raise Refused(f"{self.name} has no field: name one at least, such as title:str(200).")
        fields = tuple(self.field(spec) for spec in specs if spec.type_name != MANY)
        lists = tuple(self.many(spec) for spec in specs if spec.type_name == MANY)
        users = self.tables[USERS] if self.access.is_owned else None
        feature = Feature(self.name, self.singular, fields, lists, self.access, users)
        self._check_names(feature)
        self._check_constraints(feature)
        self._check_row(fields)
        return feature

    def field(self, spec: Spec) -> Field:
        """Return the column that a field becomes."""
        self._check_name(spec)
        check_arguments(spec)
        check_options(spec)
        is_text = spec.type_name == "str"
        length = length_of(spec) if is_text else 0
        values = values_of(spec) if spec.type_name == "enum" else ()
        is_own = spec.type_name == REFERENCE and spec.arguments[0] == self.name
        field = Field(
            name=spec.name.removesuffix("_id") if spec.type_name == REFERENCE else spec.name,
            type_name=spec.type_name,
            owner=names.camel(self.singular),
            nullable=spec.nullable,
            unique="unique" in spec.options,
            index="index" in spec.options,
            length=length,
            values=values,
            target=self._target_of(spec) if spec.type_name == REFERENCE else None,
            on_delete=on_delete_of(spec, is_own),
            is_own=is_own,
        )
        return with_default(field, spec)

    def many(self, spec: Spec) -> Many:
        """Return the list that a field of many becomes."""
        self._check_name(spec)
        if len(spec.arguments) != 1 or not spec.arguments[0]:
            raise Refused(f"{spec.text!r} names no table: write it like tags:many(tags).")
        if spec.nullable or spec.options or spec.default is not None:
            raise Refused(
                f"{spec.text!r}: a list may be empty and has no options, so write "
                f"{spec.name}:many({spec.arguments[0]}) alone."
            )
        if spec.arguments[0] == self.name:
            raise Refused(
                f"{spec.text!r}: a list of {self.name} within {self.name} is not supported, so "
                "write a feature for what is between two of them."
            )
        many = Many(spec.name, self._target_of(spec), names.camel(self.singular), self.singular)
        if many.column == many.own_column:
            raise Refused(f"{spec.text!r}: its items are called like the feature, so rename it.")
        if not many.target.model:
            raise Refused(f"{spec.text!r}: the table {many.target.name} has no model: write one.")
        return many

    def _target_of(self, spec: Spec) -> Table:
        [name] = spec.arguments
        if name == self.name:
            return Table(name, f"app.{name}.models", names.camel(self.singular), has_id=True)
        table = self.tables.get(name)
        if table is None:
            known = ", ".join(sorted(self.tables))
            raise Refused(
                f"{spec.text!r}: {name} is neither a type nor a table of the project, so use "
                f"a type, or one of the tables {known}."
            )
        if not table.has_id:
            raise Refused(
                f"{spec.text!r}: the table {name} has no key that is an integer called id, so "
                "refer to it by hand."
            )
        return table

    def _check_name(self, spec: Spec) -> None:
        name = spec.name
        # The column of a reference is called otherwise: class_id.
        check = names.check_form if spec.type_name == REFERENCE else names.check_name
        check(name, "The field")
        is_column = spec.type_name not in (REFERENCE, MANY)
        if spec.type_name != REFERENCE and name in reserved.COLUMNS_TAKEN:
            raise Refused(
                f"The field {name!r} cannot have this name, because "
                f"{reserved.COLUMNS_TAKEN[name]}: choose another."
            )
        if is_column and name in self.reserved:
            raise Refused(
                f"The field {name!r} has a reserved word of the database's SQL as its name: "
                f"choose another, such as {self.singular}_{name}."
            )
        if spec.type_name in ("enum", MANY) and name in reserved.SUFFIXES_TAKEN:
            raise Refused(
                f"The field {name!r} would have a class that is called like another of the "
                f"feature: choose another name, such as {self.singular}_{name}."
            )

    def _check_names(self, feature: Feature) -> None:
        used = [field.attribute for field in feature.columns]
        used += [each.name for each in feature.lists]
        used += [each.column for each in feature.lists]
        [(name, times)] = Counter(used).most_common(1)
        if times > 1:
            raise Refused(f"Two fields would be called {name}: rename one of them.")
        filters = [field.attribute for field in feature.filters]
        filters += [each.column for each in feature.lists]
        if hidden := reserved.QUERY_TAKEN.intersection(filters):
            raise Refused(
                f"{min(hidden)!r} would be a filter of the list, which has a parameter of that "
                "name: rename the field."
            )
        classes = {f"{feature.model}{names.camel(each)}" for each in reserved.SUFFIXES_TAKEN}
        classes |= {field.enum for field in feature.enums}
        for field in feature.fields:
            if field.type_name != "enum" and field.alias in classes:
                raise Refused(
                    f"The field {field.name!r} would have a type called {field.alias}, as a class "
                    "of the feature is: choose another name."
                )
        for table in feature.tables[1:]:
            if table in self.tables:
                raise Refused(f"There is a table {table} already: rename the list.")

    def _check_constraints(self, feature: Feature) -> None:
        table = feature.name
        constraints = [f"uq_{table}_{field.attribute}" for field in feature.uniques]
        constraints += [f"ix_{table}_{field.attribute}" for field in feature.columns]
        constraints += [
            f"fk_{table}_{field.attribute}_{field.target.name}"
            for field in feature.columns
            if field.target
        ]
        for each in feature.lists:
            constraints.append(f"uq_{each.table}_{each.own_column}_{each.column}")
            constraints.append(f"fk_{each.table}_{each.own_column}_{table}")
            constraints.append(f"fk_{each.table}_{each.column}_{each.target.name}")
        longest = max(constraints, key=len)
        if len(longest) > names.LONGEST_CONSTRAINT:
            raise Refused(
                f"{longest} would be the name of a constraint or index, and is longer than the "
                f"{names.LONGEST_CONSTRAINT} characters of databases: shorten the names in it."
            )

    def _check_row(self, fields: Iterable[Field]) -> None:
        size = CHARACTER_BYTES * sum(field.length for field in fields)
        if size > ROW_BYTES:
            raise Refused(
                f"The texts of {self.name} may have {size} bytes together, and MySQL stores "
                f"{ROW_BYTES} in a row: make the longest of them text."
            )
