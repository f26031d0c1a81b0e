"""How autogenerate writes revisions for this database."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
# {% if cookiecutter.database == "postgresql" %}
from typing import Any
# {% else %}
from typing import Any, Literal
# {% endif %}

from alembic.autogenerate import comparators, renderers
from alembic.autogenerate.api import AutogenContext
# {% if cookiecutter.database == "sqlite" %}
from alembic.operations import ops
from alembic.util import DispatchPriority, PriorityDispatchResult
from sqlalchemy import CheckConstraint, Column, Enum, String, Table, event
# {% else %}
from alembic.migration import MigrationContext
from alembic.operations import ops
from alembic.util import DispatchPriority, PriorityDispatchResult
from sqlalchemy import CheckConstraint, Column, Connection, Enum, String, Table, inspect
# {% endif %}

from app.database.enums import set_enum_values
# {% if cookiecutter.database != "postgresql" %}
# {% if cookiecutter.database == "sqlite" %}
from app.database.types import Numeric, UtcDateTime
# {% else %}
from app.database.types import UtcDateTime
# {% endif %}
# {% endif %}
# {% if cookiecutter.database != "postgresql" %}


def render_item(kind: str, item: Any, autogen: AutogenContext) -> str | Literal[False]:
    """Write the database's own type into revisions, so that they outlive our code."""
    if kind == "type" and isinstance(item, UtcDateTime):
        # {% if cookiecutter.database == "mysql" %}
        autogen.imports.add("from sqlalchemy.dialects import mysql")
        return "mysql.DATETIME(fsp=6)"
        # {% else %}
        return "sa.DateTime()"
        # {% endif %}
    # {% if cookiecutter.database == "sqlite" %}
    if kind == "type" and isinstance(item, Numeric):
        return "sa.BigInteger()"
    # {% endif %}
    return False
# {% endif %}
# {% if cookiecutter.database == "mysql" %}


def leave_out_needless_drops(directives: list[ops.MigrationScript]) -> None:
    """Drop no index of a table that is dropped itself.

    The table takes it along, and MySQL refuses to drop one that a foreign key needs.
    """
    for script in directives:
        for operations in (*script.upgrade_ops_list, *script.downgrade_ops_list):
            dropped = {
                operation.table_name
                for operation in operations.ops
                if isinstance(operation, ops.DropTableOp)
            }
            operations.ops = [
                operation
                for operation in operations.ops
                if not isinstance(operation, ops.ModifyTableOps)
                or operation.table_name not in dropped
            ]
# {% endif %}
# {% if cookiecutter.database != "sqlite" %}


def drop_tables_last(
    directives: list[ops.MigrationScript], connection: Connection
) -> None:
    """Drop each table before those that it refers to, and whatever else before.

    Alembic drops tables in any order, and foreign keys forbid most.
    """
    tables = inspect(connection).get_sorted_table_and_fkc_names()
    places = {name: place for place, (name, _) in enumerate(reversed(tables), start=1)}

    def place(operation: ops.MigrateOperation) -> int:
        if isinstance(operation, ops.DropTableOp):
            return places.get(operation.table_name, 0)
        return 0

    for script in directives:
        for operations in script.upgrade_ops_list:
            operations.ops.sort(key=place)
            script.downgrade_ops = operations.reverse()


def arrange_drops(
    migration: MigrationContext, _revision: Any, directives: list[ops.MigrationScript]
) -> None:
    """Put what a revision drops into an order that the database accepts."""
    # Offline there is no connection, and no table that could be found to drop.
    if isinstance(migration.connection, Connection):
        drop_tables_last(directives, migration.connection)
    # {% if cookiecutter.database == "mysql" %}
    leave_out_needless_drops(directives)
    # {% endif %}
# {% endif %}


@dataclass
class SetEnumValues(ops.MigrateOperation):
    """Call ``set_enum_values`` in a revision: the new values up, the old ones down."""

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
    """Find the enums whose values differ. Alembic compares no CHECK constraints."""
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
        # A column that is new brings its constraint along.
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
    """Yield the name in the database, the column and the values of each enum's CHECK."""
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
    """Change the length of an enum's text alone: its type would bring a second CHECK."""
    if isinstance(change.modify_type, Enum) and not change.modify_type.native_enum:
        change.modify_type = String(change.modify_type.length)


# {% if cookiecutter.database == "mysql" %}
# A string in SQL, and what it escapes. The server writes no others.
LITERAL = re.compile(r"'((?:[^'\\]|\\.|'')*)'", re.DOTALL)
ESCAPED = re.compile(r"\\(.)|'(')", re.DOTALL)
CONTROLS = {"0": "\0", "n": "\n", "r": "\r", "Z": "\x1a"}


def literals(sql: str) -> list[str]:
    """Return the strings in SQL text that the server has written."""
    return [ESCAPED.sub(_unescape, literal) for literal in LITERAL.findall(sql)]


def _unescape(escaped: re.Match[str]) -> str:
    character = escaped[1] or escaped[2]
    return CONTROLS.get(character, character)
# {% else %}
# A string in SQL: a quote in it is doubled.
LITERAL = re.compile("'((?:[^']|'')*)'")


def literals(sql: str) -> list[str]:
    """Return the strings in SQL text that the database has written."""
    return [literal.replace("''", "'") for literal in LITERAL.findall(sql)]
# {% endif %}
# {% if cookiecutter.database == "sqlite" %}


@event.listens_for(Table, "before_create")
def keep_autoincrement(table: Table, *_arguments: Any, **_options: Any) -> None:
    """Keep AUTOINCREMENT, which is not reflected, when batch mode makes a table anew."""
    if table.name.startswith("_alembic_tmp_") and len(table.primary_key) == 1:
        table.dialect_options["sqlite"]["autoincrement"] = True
# {% endif %}
