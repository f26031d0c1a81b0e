"""How autogenerate writes revisions for this database."""

# {% if cookiecutter.database == "postgresql" %}
from typing import Any
# {% else %}
from typing import Any, Literal
# {% endif %}

# {% if cookiecutter.database != "postgresql" %}
from alembic.autogenerate.api import AutogenContext
# {% endif %}
# {% if cookiecutter.database != "sqlite" %}
from alembic.migration import MigrationContext
from alembic.operations import ops
from sqlalchemy import Connection, inspect
# {% endif %}
# {% if cookiecutter.database != "postgresql" %}

# {% if cookiecutter.database == "sqlite" and cookiecutter.sample == "shop" %}
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
    # {% if cookiecutter.database == "sqlite" and cookiecutter.sample == "shop" %}
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
    # On paper there is no connection, and no table that could be found to drop.
    if isinstance(migration.connection, Connection):
        drop_tables_last(directives, migration.connection)
    # {% if cookiecutter.database == "mysql" %}
    leave_out_needless_drops(directives)
    # {% endif %}
# {% endif %}
