"""Make ``migrations/`` and its first revision; runs inside the new environment.

No database server and no driver is needed: the revision is rendered for the dialect
of the project from its metadata, and is what ``alembic revision --autogenerate``
writes against an empty database.
"""

import io
import logging
import shutil
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate.api import AutogenContext
from alembic.config import Config
from alembic.operations import ops
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Table

from app.models import metadata
from bootstrap.console import step

MIGRATIONS = Path("migrations")
OURS = Path(__file__).parent / "alembic_environment"
# Fixed, so that the same answers give the same project to the byte.
REVISION = "0001"


def main() -> None:
    """Show each step as it is done; Alembic's own log stays silent."""
    logging.disable(logging.INFO)
    config = Config("alembic.ini", toml_file="pyproject.toml", stdout=io.StringIO())
    with step("alembic init"):
        initialise(config)
    with step("first migration, for {{ cookiecutter._databases[cookiecutter.database].label }}"):
        emit_first_revision(config)
    # {% if cookiecutter.database == "sqlite" %}
    with step("alembic upgrade head"):
        upgrade()
    # {% endif %}


def initialise(config: Config) -> None:
    """Run ``alembic init``, then put the project's own environment in place."""
    config.attributes["quiet"] = True
    template = "{{ "pyproject_async" if cookiecutter.concurrency == "async" else "pyproject" }}"
    with redirect_stdout(io.StringIO()):
        command.init(config, str(MIGRATIONS), template=template)
    for path in OURS.iterdir():
        shutil.copyfile(path, MIGRATIONS / path.name)
    # Alembic's settings are in pyproject.toml, the URL and the log are the project's.
    Path("alembic.ini").unlink()
    (MIGRATIONS / "README").unlink()


def emit_first_revision(config: Config) -> None:
    """Write the revision that makes every table of the metadata."""
    config.set_main_option("revision_environment", "true")
    with redirect_stdout(io.StringIO()):  # Alembic prints an empty transaction
        command.revision(
            config,
            message="initial schema",
            rev_id=REVISION,
            sql=True,
            process_revision_directives=create_all_tables,
        )


def create_all_tables(
    context: MigrationContext, _revision: Any, directives: list[ops.MigrationScript]
) -> None:
    """Fill the script with what autogenerate finds missing in an empty database."""
    script = directives[0]
    assert script.upgrade_ops is not None
    for table in metadata.sorted_tables:
        script.upgrade_ops.ops.append(ops.CreateTableOp.from_table(table))
        if indexes := _create_indexes(table):
            script.upgrade_ops.ops.append(
                ops.ModifyTableOps(table.name, indexes, schema=table.schema)
            )
    script.downgrade_ops = script.upgrade_ops.reverse()


def _create_indexes(table: Table) -> list[ops.MigrateOperation]:
    indexes = sorted(table.indexes, key=lambda index: str(index.name))
    return [ops.CreateIndexOp.from_index(index) for index in indexes]
# {% if cookiecutter.database == "sqlite" %}


def upgrade() -> None:
    """Bring the database of the settings to the newest revision."""
    command.upgrade(Config(toml_file="pyproject.toml"), "head")
# {% endif %}


if __name__ == "__main__":
    main()
