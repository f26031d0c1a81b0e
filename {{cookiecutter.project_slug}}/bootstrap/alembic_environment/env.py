"""How Alembic reaches the database: online, or offline with ``--sql``."""

# {% if cookiecutter.concurrency == "async" %}
import asyncio
# {% endif %}
import logging
from typing import Any

from alembic import context
# {% if cookiecutter.database == "sqlite" %}
from alembic.util import CommandError
# {% endif %}
# {% if cookiecutter.concurrency == "async" %}
# {% if cookiecutter.database == "postgresql" %}
from sqlalchemy import Connection, event, text
# {% else %}
from sqlalchemy import Connection
# {% endif %}
from sqlalchemy.ext.asyncio import AsyncEngine
# {% elif cookiecutter.database == "postgresql" %}
from sqlalchemy import Connection, Engine, event, text
# {% else %}
from sqlalchemy import Connection, Engine
# {% endif %}

from app.database.console import exit_with_sentence
from app.database.migration_lock import hold_migration_lock
# {% if cookiecutter.database == "sqlite" %}
from app.database.revisions import render_item
# {% elif cookiecutter.database == "postgresql" %}
from app.database.revisions import arrange_drops
# {% else %}
from app.database.revisions import arrange_drops, render_item
# {% endif %}
from app.models import metadata
from app.settings import Settings, load_settings

logging.basicConfig(format="%(levelname)s [%(name)s] %(message)s")
logging.getLogger("alembic.runtime.migration").setLevel(logging.INFO)


OPTIONS: dict[str, Any] = {
    "target_metadata": metadata,
    # {% if cookiecutter.database != "postgresql" %}
    "render_item": render_item,
    # {% endif %}
    # {% if cookiecutter.database == "sqlite" %}
    # SQLite changes a table by making a new one.
    "render_as_batch": True,
    "transactional_ddl": True,
    # {% else %}
    "process_revision_directives": arrange_drops,
    # {% endif %}
}


def migrate_offline() -> None:
    context.configure(
        dialect_name="{{ cookiecutter.database }}",
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
        # {% if cookiecutter.database == "postgresql" %}
        limit_lock_waits(connection, settings.database_lock_timeout)
        # {% endif %}
        context.configure(connection=connection, **OPTIONS)
        with context.begin_transaction():
            context.run_migrations()
            # {% if cookiecutter.database == "sqlite" %}
            check_foreign_keys(connection)
            # {% endif %}


# {% if cookiecutter.database == "sqlite" %}
def check_foreign_keys(connection: Connection) -> None:
    """Refuse a migration that leaves rows whose foreign keys lead nowhere."""
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
    if broken:
        table, row, parent, _ = broken
        raise CommandError(
            f"the migration breaks a foreign key: row {row} of {table} refers "
            f"to a missing row of {parent}"
        )


# {% elif cookiecutter.database == "postgresql" %}
def limit_lock_waits(connection: Connection, seconds: int) -> None:
    """Do not wait for ever for a table: whoever comes after waits behind us.

    In an autocommit block there is no limit: CREATE INDEX CONCURRENTLY waits for other
    transactions without blocking them, and would leave an invalid index.
    """

    @event.listens_for(connection, "begin")
    def set_limit(connection: Connection) -> None:
        if connection.get_execution_options().get("isolation_level") != "AUTOCOMMIT":
            connection.execute(text(f"SET LOCAL lock_timeout = '{seconds}s'"))


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
    # Offline, the driver is not needed.
    from app.database.engine import create_maintenance_engine

    settings = context.config.attributes.get("settings") or load_settings()
    engine = create_maintenance_engine(settings)
    # {% if cookiecutter.concurrency == "async" %}
    asyncio.run(connect_and_migrate(engine, settings))
    # {% else %}
    connect_and_migrate(engine, settings)
    # {% endif %}


def is_command_line() -> bool:
    """Say whether the alembic command runs this, and without --raiseerr."""
    options = context.config.cmd_opts
    return options is not None and not options.raiseerr


if context.is_offline_mode():
    migrate_offline()
elif is_command_line():
    with exit_with_sentence():
        migrate_online()
else:
    migrate_online()
