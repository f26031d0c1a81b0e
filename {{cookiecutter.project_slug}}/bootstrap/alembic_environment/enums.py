"""The operation that changes the values of an enum in a revision.

The column of an enum is text with a CHECK constraint that lists its values.
"""

# {% if cookiecutter.database == "sqlite" %}
from collections.abc import Sequence

from alembic import context, op
from alembic.util import CommandError
from sqlalchemy import ColumnClause, column, func, select, table
# {% else %}
from collections.abc import Sequence
from typing import Any

from alembic import context, op
from alembic.util import CommandError
from sqlalchemy import (
    CheckConstraint,
    ColumnClause,
    MetaData,
    Table,
    column,
    func,
    select,
    table,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import ExecutableDDLElement
from sqlalchemy.sql.compiler import DDLCompiler
# {% endif %}


def set_enum_values(
    table_name: str, column_name: str, constraint: str, values: Sequence[str]
) -> None:
    """Replace the CHECK constraint of an enum's column by one with these values.

    Raises CommandError, before anything is changed, when rows have other values.
    """
    held: ColumnClause[str] = column(column_name)
    if not context.is_offline_mode():
        _refuse_lost_values(table_name, held, values)
    # {% if cookiecutter.database == "sqlite" %}
    with op.batch_alter_table(table_name) as batch:
        batch.drop_constraint(op.f(constraint), type_="check")
        batch.create_check_constraint(op.f(constraint), held.in_(values))
    # {% else %}
    check = CheckConstraint(held.in_(values), constraint)
    Table(table_name, MetaData(), check)
    op.execute(ReplaceCheck(check))
    # {% endif %}


def _refuse_lost_values(
    table_name: str, held: ColumnClause[str], values: Sequence[str]
) -> None:
    statement = (
        select(held, func.count())
        .select_from(table(table_name))
        .where(held.not_in(values))
        .group_by(held)
    )
    rows = op.get_bind().execute(statement).all()
    if rows:
        lost = ", ".join(f"{value!r} (rows: {count})" for value, count in rows)
        raise CommandError(
            f"{table_name}.{held.name} still has values that this revision removes, "
            f"{lost}: change or delete those rows first."
        )
# {% if cookiecutter.database != "sqlite" %}


class ReplaceCheck(ExecutableDDLElement):
    """ALTER TABLE that replaces the CHECK constraint of the same name."""

    def __init__(self, check: CheckConstraint) -> None:
        self.check = check


@compiles(ReplaceCheck)
def _compile(replace: ReplaceCheck, compiler: DDLCompiler, **_options: Any) -> str:
    # {% if cookiecutter.database == "mysql" %}
    # In one statement, because the server commits after each.
    # {% endif %}
    altered = compiler.preparer.format_table(replace.check.table)
    name = compiler.preparer.format_constraint(replace.check)
    added = compiler.process(replace.check)
    return f"ALTER TABLE {altered} DROP CONSTRAINT {name}, ADD {added}"
# {% endif %}
