"""How Alembic reaches the database: online, or on paper with ``--sql``."""

# {% if cookiecutter.concurrency == "async" %}
import asyncio
# {% endif %}
import logging

from alembic import context
# {% if cookiecutter.database == "sqlite" %}
from sqlalchemy import Connection
# {% else %}
from sqlalchemy import Connection, text
# {% endif %}

# {% if cookiecutter.database == "sqlite" %}
from app.database.revisions import render_item
# {% elif cookiecutter.database == "postgresql" %}
from app.database.revisions import arrange_drops
# {% else %}
from app.database.revisions import arrange_drops, render_item
# {% endif %}
from app.models import metadata

logging.basicConfig(format="%(levelname)s [%(name)s] %(message)s")
logging.getLogger("alembic.runtime.migration").setLevel(logging.INFO)
# {% if cookiecutter.database == "postgresql" %}

# Any number will do, as long as nothing else in the database takes the same one.
LOCK = 7_133_701_809
# {% elif cookiecutter.database == "mysql" %}

LOCK_PATIENCE = 300  # seconds
# {% endif %}


def migrate_on_paper() -> None:
    context.configure(
        dialect_name="{{ cookiecutter.database }}",
        target_metadata=metadata,
        # {% if cookiecutter.database != "postgresql" %}
        render_item=render_item,
        # {% endif %}
        # {% if cookiecutter.database == "mysql" %}
        process_revision_directives=arrange_drops,
        # {% endif %}
        # {% if cookiecutter.database == "sqlite" %}
        # SQLite changes a table by making a new one.
        render_as_batch=True,
        transactional_ddl=True,
        # {% endif %}
        literal_binds=True,
        dialect_opts={"paramstyle": "named"},
    )
    with context.begin_transaction():
        context.run_migrations()


# {% if cookiecutter.database == "sqlite" %}
def migrate(connection: Connection) -> None:
    """Migrate in one transaction, which holds the write lock from its begin.

    So several processes may migrate at once, and a migration that fails half-way
    leaves nothing behind.
    """
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_item=render_item,
        # SQLite changes a table by making a new one.
        render_as_batch=True,
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
        if broken:
            raise RuntimeError(f"the migration breaks foreign keys: {broken}")
# {% elif cookiecutter.database == "postgresql" %}
def migrate(connection: Connection) -> None:
    """Migrate in one transaction, under a lock that it takes first.

    So several processes may migrate at once, and a migration that fails half-way
    leaves nothing behind.
    """
    context.configure(
        connection=connection,
        target_metadata=metadata,
        process_revision_directives=arrange_drops,
    )
    with context.begin_transaction():
        connection.execute(text(f"SELECT pg_advisory_xact_lock({LOCK})"))
        # Do not wait for ever for a table: whoever comes after waits behind us.
        patience = settings.database_lock_timeout
        connection.execute(text(f"SET LOCAL lock_timeout = '{patience}s'"))
        context.run_migrations()
# {% else %}
def migrate(connection: Connection) -> None:
    """Migrate under a lock, so that several processes may migrate at once.

    MySQL and MariaDB commit at every DDL statement: a migration that fails half-way
    leaves its first half behind. Keep revisions to one DDL statement each.
    """
    lock = f"alembic:{connection.engine.url.database}"[:64]  # the longest name allowed
    taken = connection.scalar(
        text("SELECT GET_LOCK(:lock, :patience)"),
        {"lock": lock, "patience": LOCK_PATIENCE},
    )
    # The lock belongs to the connection, not to this transaction; Alembic begins, and
    # commits, its own.
    connection.commit()
    if not taken:
        raise RuntimeError(f"another migration still runs after {LOCK_PATIENCE} s")
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_item=render_item,
        process_revision_directives=arrange_drops,
    )
    with context.begin_transaction():
        context.run_migrations()
    # Closing the connection gives the lock back.
# {% endif %}


# {% if cookiecutter.concurrency == "async" %}
async def migrate_online() -> None:
    engine = create_maintenance_engine(settings)
    async with engine.connect() as connection:
        await connection.run_sync(migrate)
    await engine.dispose()
# {% else %}
def migrate_online() -> None:
    engine = create_maintenance_engine(settings)
    with engine.connect() as connection:
        migrate(connection)
    engine.dispose()
# {% endif %}


if context.is_offline_mode():
    migrate_on_paper()
else:
    # On paper neither the settings nor the driver are needed.
    from app.database.engine import create_maintenance_engine
    from app.settings import load_settings

    settings = context.config.attributes.get("settings") or load_settings()
    # {% if cookiecutter.concurrency == "async" %}
    asyncio.run(migrate_online())
    # {% else %}
    migrate_online()
    # {% endif %}
