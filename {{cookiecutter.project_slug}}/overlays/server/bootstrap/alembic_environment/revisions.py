"""How Alembic writes revisions for {{ cookiecutter._databases[cookiecutter.database].label }}."""

# {% if cookiecutter.database == "mysql" %}
from typing import Any, Literal

from alembic.autogenerate.api import AutogenContext
from alembic.migration import MigrationContext
from alembic.operations import ops
from sqlalchemy import Connection, inspect

from app.database.types import UtcDateTime


def render_item(kind: str, item: Any, autogen: AutogenContext) -> str | Literal[False]:
    """Write the database's own type into revisions, so that they outlive our code."""
    if kind == "type" and isinstance(item, UtcDateTime):
        autogen.imports.add("from sqlalchemy.dialects import mysql")
        return "mysql.DATETIME(fsp=6)"
    return False
# {% else %}
from typing import Any

from alembic.migration import MigrationContext
from alembic.operations import ops
from sqlalchemy import Connection, inspect
# {% endif %}


def arrange_drops(
    migration: MigrationContext, _revision: Any, directives: list[ops.MigrationScript]
) -> None:
    """Sort the drops of a revision into an order that the database accepts."""
    # Offline there is no connection, and so no table to be dropped.
    if isinstance(migration.connection, Connection):
        drop_tables_last(directives, migration.connection)
    # {% if cookiecutter.database == "mysql" %}
    leave_out_needless_drops(directives)
    # {% endif %}


def drop_tables_last(
    directives: list[ops.MigrationScript], connection: Connection
) -> None:
    """Drop each table before those that it refers to, and after everything else.

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
# {% if cookiecutter.database == "mysql" %}


def leave_out_needless_drops(directives: list[ops.MigrationScript]) -> None:
    """Remove the drop of each index whose table is dropped in the same revision.

    The index goes with its table, and MySQL refuses to drop one that a foreign key
    needs.
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


# Arguments of context.configure.
# {% if cookiecutter.database == "mysql" %}
OPTIONS: dict[str, Any] = {
    "render_item": render_item,
    "process_revision_directives": arrange_drops,
}
# {% else %}
OPTIONS: dict[str, Any] = {"process_revision_directives": arrange_drops}
# {% endif %}
