"""The creation of ``migrations/``, of its first revision and of the diagram.

No database server and no driver is needed: the revision is rendered for the dialect
of the project from its metadata, and is what ``alembic revision --autogenerate``
writes against an empty database.

Both are made in a folder of their own and moved at the end, so that ``migrations/``
exists completely or not at all.
"""

import io
import shutil
import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config, PostWriteHookConfig
from alembic.operations import ops
from alembic.runtime.migration import MigrationContext
from alembic.script import write_hooks
from sqlalchemy import Table

from app.models import metadata

MIGRATIONS = Path("migrations")
DIAGRAM = Path("docs", "schema.md")
OURS = Path(__file__).parent / "alembic_environment"
MAKING = Path("bootstrap", "making")
UNMOVED = MAKING / "migrations"
# Fixed, so that the same answers give the same project to the byte.
REVISION = "0001"


def initialise() -> None:
    """Run ``alembic init``, then put the project's own environment in place."""
    shutil.rmtree(MAKING, ignore_errors=True)
    MAKING.mkdir()
    # Alembic's settings are in pyproject.toml, the URL and the log are the project's:
    # what it writes beside its folder is not kept, nor is a file of the user's touched.
    ini, toml = MAKING / "alembic.ini", MAKING / "pyproject.toml"
    config = Config(ini, toml, stdout=io.StringIO())
    template = "{{ 'pyproject_async' if cookiecutter.concurrency == 'async' else 'pyproject' }}"
    with redirect_stdout(io.StringIO()):
        command.init(config, str(UNMOVED), template=template)
    for path in OURS.iterdir():
        shutil.copyfile(path, UNMOVED / path.name)
    (UNMOVED / "README").unlink()
    # The environment imports its own modules.
    sys.path.insert(0, str(MAKING))


def emit_first_revision() -> None:
    """Write the revision that makes every table of the metadata."""
    config = _config()
    config.set_main_option("revision_environment", "true")
    with redirect_stdout(io.StringIO()):  # Alembic prints an empty transaction
        command.revision(
            config,
            message="initial schema",
            rev_id=REVISION,
            sql=True,
            process_revision_directives=create_all_tables,
        )


@write_hooks.register("module")
def run_installed_program(path: str, hook: dict[str, str]) -> None:
    """Run the formatter as a program, and not as a module in a Python of its own."""
    program = Path(sys.executable).with_name(hook["module"])
    write_hooks.exec_(path, {**hook, "executable": str(program)})


def draw_diagram() -> None:
    """Draw the tables, unless the folder has a page of that name from before."""
    from migrations.diagram import draw

    if not DIAGRAM.exists():
        DIAGRAM.write_text(draw(metadata), encoding="utf-8", newline="\n")


# {% if cookiecutter.database == "sqlite" %}
def upgrade() -> None:
    """Bring the database of the settings to the newest revision."""
    command.upgrade(_config(), "head")


# {% endif %}
def put_in_place() -> None:
    """Move what was made to where Alembic looks for it."""
    UNMOVED.rename(MIGRATIONS)


def create_all_tables(
    context: MigrationContext, _revision: Any, directives: list[ops.MigrationScript]
) -> None:
    """Fill the script with what autogenerate finds missing in an empty database."""
    upgrades = ops.UpgradeOps()
    for table in metadata.sorted_tables:
        upgrades.ops.append(ops.CreateTableOp.from_table(table))
        if indexes := _create_indexes(table):
            upgrades.ops.append(
                ops.ModifyTableOps(table.name, indexes, schema=table.schema)
            )
    script = directives[0]
    script.upgrade_ops = upgrades
    script.downgrade_ops = upgrades.reverse()


def _create_indexes(table: Table) -> list[ops.MigrateOperation]:
    indexes = sorted(table.indexes, key=lambda index: str(index.name))
    return [ops.CreateIndexOp.from_index(index) for index in indexes]


class _Config(Config):
    """The project's, but for the diagram, which is drawn in this process."""

    def get_hooks_list(self) -> list[PostWriteHookConfig]:
        hooks = super().get_hooks_list()
        return [each for each in hooks if each["_hook_name"] != "diagram"]


def _config() -> Config:
    config = _Config(toml_file="pyproject.toml", stdout=io.StringIO())
    config.set_main_option("script_location", str(UNMOVED))
    return config
