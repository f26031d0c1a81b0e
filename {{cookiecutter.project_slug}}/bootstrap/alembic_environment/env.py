"""How Alembic reaches the database: online, or offline with ``--sql``."""

# {% if cookiecutter.concurrency == "async" %}
import asyncio
# {% endif %}
import logging

from alembic import context
# {% if cookiecutter.database == "sqlite" %}
from alembic.util import CommandError
# {% endif %}
# {% if cookiecutter.concurrency == "async" %}
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncEngine
# {% else %}
from sqlalchemy import Connection, Engine
# {% endif %}

# Autogenerate finds changed enums by what this registers.
import migrations.enum_changes
from app.database.administration.console import exit_with_sentence
# {% if cookiecutter.database == "postgresql" %}
from app.database.direct import direct_url_variable
# {% endif %}
from app.models import metadata
from app.settings import Settings, load_settings
from migrations.migration_lock import hold_migration_lock
from migrations.revisions import OPTIONS

logging.basicConfig(format="%(levelname)s [%(name)s] %(message)s")
logging.getLogger("alembic.runtime.migration").setLevel(logging.INFO)


def migrate_offline() -> None:
    context.configure(
        dialect_name="{{ cookiecutter.database }}",
        target_metadata=metadata,
        literal_binds=True,
        dialect_opts={"paramstyle": "named"},
        **OPTIONS,
    )
    with context.begin_transaction():
        context.run_migrations()


def migrate(connection: Connection, settings: Settings) -> None:
    # {% if cookiecutter.database == "mysql" %}
    """Migrate; the server commits at every DDL statement.

    A migration that fails half-way leaves its first half behind. Keep revisions to one
    DDL statement each.
    """
    # {% else %}
    """Migrate in one transaction, unless a revision commits.

    A migration that fails half-way leaves nothing behind.
    """
    # {% endif %}
    with hold_migration_lock(connection, settings):
        context.configure(connection=connection, target_metadata=metadata, **OPTIONS)
        with context.begin_transaction():
            context.run_migrations()
            # {% if cookiecutter.database == "sqlite" %}
            check_foreign_keys(connection)
            # {% endif %}


# {% if cookiecutter.database == "sqlite" %}
def check_foreign_keys(connection: Connection) -> None:
    """Raise CommandError when rows refer to rows that do not exist."""
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
    if broken:
        table, row, parent, _ = broken
        raise CommandError(
            f"the migration breaks a foreign key: row {row} of {table} refers "
            f"to a missing row of {parent}"
        )


# {% endif %}
# {% if cookiecutter.concurrency == "async" %}
async def connect_and_migrate(engine: AsyncEngine, settings: Settings) -> None:
    async with engine.connect() as connection:
        await connection.run_sync(migrate, settings)
    await engine.dispose()
# {% else %}
def connect_and_migrate(engine: Engine, settings: Settings) -> None:
    with engine.connect() as connection:
        migrate(connection, settings)
    engine.dispose()
# {% endif %}


def migrate_online() -> None:
    # Imported here, because offline the driver need not be installed.
    from app.database.engine import create_maintenance_engine

    settings = context.config.attributes.get("settings") or load_settings()
    engine = create_maintenance_engine(settings)
    # {% if cookiecutter.concurrency == "async" %}
    asyncio.run(connect_and_migrate(engine, settings))
    # {% else %}
    connect_and_migrate(engine, settings)
    # {% endif %}


def is_command_line() -> bool:
    """Return whether the alembic command runs this, and without --raiseerr."""
    options = context.config.cmd_opts
    return options is not None and not options.raiseerr


if context.is_offline_mode():
    migrate_offline()
elif is_command_line():
    with exit_with_sentence({{ "direct_url_variable()" if cookiecutter.database == "postgresql" else "" }}):
        migrate_online()
else:
    migrate_online()
