"""How autogenerate finds enums whose values have changed.

Alembic compares no CHECK constraints, and an enum is text with such a constraint.
Importing this module registers the comparison.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from alembic.autogenerate import comparators, renderers
from alembic.autogenerate.api import AutogenContext
from alembic.operations import ops
from alembic.util import DispatchPriority, PriorityDispatchResult
from sqlalchemy import CheckConstraint, Column, Enum, String, Table

from migrations.enums import set_enum_values


@dataclass
class SetEnumValues(ops.MigrateOperation):
    """Calls ``set_enum_values``: the new values in upgrade, the old in downgrade."""

    table: str
    column: str
    constraint: str
    old: list[str]
    new: list[str]

    def reverse(self) -> "SetEnumValues":
        return SetEnumValues(
            self.table, self.column, self.constraint, old=self.new, new=self.old
        )

    def to_diff_tuple(self) -> tuple[Any, ...]:
        return (set_enum_values.__name__, self.table, self.column, self.new)


@renderers.dispatch_for(SetEnumValues)
def render_enum_values(autogen: AutogenContext, change: SetEnumValues) -> str:
    function = set_enum_values.__name__
    autogen.imports.add(f"from {set_enum_values.__module__} import {function}")
    return (
        f"{function}({change.table!r}, {change.column!r}, {change.constraint!r}, "
        f"{change.new!r})"
    )


@comparators.dispatch_for("schema", priority=DispatchPriority.LAST)
def compare_enum_values(
    autogen: AutogenContext, upgrade_ops: ops.UpgradeOps, _schemas: set[str | None]
) -> PriorityDispatchResult:
    """Add an operation for each enum whose values differ from the database's."""
    for change in _altered_columns(upgrade_ops):
        _leave_check_alone(change)
    for table in autogen.sorted_tables:
        if autogen.inspector.has_table(table.name):
            upgrade_ops.ops.extend(_changed_enums(autogen, table))
    return PriorityDispatchResult.CONTINUE


def _changed_enums(autogen: AutogenContext, table: Table) -> Iterator[SetEnumValues]:
    reflected = autogen.inspector.get_check_constraints(table.name)
    texts = {str(check["name"]): check["sqltext"] for check in reflected}
    for name, column, values in _enum_checks(autogen, table):
        # A new column is added together with its constraint.
        old = literals(texts[name]) if name in texts else values
        # {% if cookiecutter.database == "mysql" %}
        # MySQL shows a character beyond U+FFFF as four question marks.
        shown = {re.sub("[^\0-\uffff]", "????", value): value for value in values}
        old = [value if value in values else shown.get(value, value) for value in old]
        # {% endif %}
        if set(old) != set(values):
            yield SetEnumValues(table.name, column.name, name, old, values)


def _enum_checks(
    autogen: AutogenContext, table: Table
) -> Iterator[tuple[str, Column[Any], list[str]]]:
    """Yield the name, the column and the values of the CHECK of each enum."""
    preparer = autogen.dialect.identifier_preparer
    for check in table.constraints:
        if isinstance(check, CheckConstraint) and check._type_bound:
            [column] = check.columns
            if isinstance(column.type, Enum):
                name = preparer.format_constraint(check, _alembic_quote=False)
                yield str(name), column, list(column.type.enums)


def _altered_columns(upgrade_ops: ops.UpgradeOps) -> Iterator[ops.AlterColumnOp]:
    for modified in upgrade_ops.ops:
        if isinstance(modified, ops.ModifyTableOps):
            for change in modified.ops:
                if isinstance(change, ops.AlterColumnOp):
                    yield change


def _leave_check_alone(change: ops.AlterColumnOp) -> None:
    """Change the length of an enum's text only: its type would add a second CHECK."""
    if isinstance(change.modify_type, Enum) and not change.modify_type.native_enum:
        change.modify_type = String(change.modify_type.length)


# {% if cookiecutter.database == "mysql" %}
# A string literal in SQL as the server writes it, and its escape sequences.
LITERAL = re.compile(r"'((?:[^'\\]|\\.|'')*)'", re.DOTALL)
ESCAPED = re.compile(r"\\(.)|'(')", re.DOTALL)
CONTROLS = {"0": "\0", "n": "\n", "r": "\r", "Z": "\x1a"}


def literals(sql: str) -> list[str]:
    """Return the values of the string literals in SQL that the server has written."""
    return [ESCAPED.sub(_unescape, literal) for literal in LITERAL.findall(sql)]


def _unescape(escaped: re.Match[str]) -> str:
    character = escaped[1] or escaped[2]
    return CONTROLS.get(character, character)
# {% else %}
# A string literal in SQL, in which a quote is doubled.
LITERAL = re.compile("'((?:[^']|'')*)'")


def literals(sql: str) -> list[str]:
    """Return the values of the string literals in SQL from the database."""
    return [literal.replace("''", "'") for literal in LITERAL.findall(sql)]
# {% endif %}
