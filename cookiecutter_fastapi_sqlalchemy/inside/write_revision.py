"""Revisions that make tables of the models; no database server is needed.

Such a revision is what autogenerate writes against a database that lacks just these tables.
"""

import io
from contextlib import redirect_stdout
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.operations import ops
from alembic.script import Script
from sqlalchemy import Table


def write_revision(message: str, names: list[str]) -> str:
    """Write the revision after the only head, and return its path."""
    from app.models import metadata

    tables = [table for table in metadata.sorted_tables if table.key in names]

    def create_tables(
        _context: object, _revision: object, directives: list[ops.MigrationScript]
    ) -> None:
        script = directives[0]
        script.upgrade_ops = ops.UpgradeOps([*_creations(tables)])
        script.downgrade_ops = script.upgrade_ops.reverse()

    config = Config(toml_file="pyproject.toml", stdout=io.StringIO())
    config.set_main_option("revision_environment", "true")
    with redirect_stdout(io.StringIO()):  # Alembic prints an empty transaction
        script = command.revision(
            config, message=message, sql=True, process_revision_directives=create_tables
        )
    assert isinstance(script, Script)
    path: str = script.path
    return path


def _creations(tables: list[Table]) -> list[Any]:
    operations: list[Any] = []
    for table in tables:
        operations.append(ops.CreateTableOp.from_table(table))
        indexes = sorted(table.indexes, key=lambda index: str(index.name))
        if indexes:
            made = [ops.CreateIndexOp.from_index(index) for index in indexes]
            operations.append(ops.ModifyTableOps(table.name, made, schema=table.schema))
    return operations
