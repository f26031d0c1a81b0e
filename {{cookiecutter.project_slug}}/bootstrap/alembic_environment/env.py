"""How Alembic reaches the database: online, or on paper with ``--sql``."""

# {% if cookiecutter.concurrency == "async" %}
import asyncio
# {% endif %}
import logging
# {% if cookiecutter.database != "postgresql" %}
from typing import Any, Literal
# {% endif %}

from alembic import context
# {% if cookiecutter.database != "postgresql" %}
from alembic.autogenerate.api import AutogenContext
# {% endif %}
# {% if cookiecutter.database == "mysql" %}
from alembic.migration import MigrationContext
from alembic.operations import ops
# {% endif %}
# {% if cookiecutter.database == "sqlite" %}
from sqlalchemy import Connection
# {% else %}
from sqlalchemy import Connection, NullPool, text
# {% endif %}

# {% if cookiecutter.database != "postgresql" %}
# {% if cookiecutter.database == "sqlite" and cookiecutter.sample == "shop" %}
from app.database.types import Numeric, UtcDateTime
# {% else %}
from app.database.types import UtcDateTime
# {% endif %}
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
def leave_out_needless_drops(
    _context: MigrationContext, _revision: Any, directives: list[ops.MigrationScript]
) -> None:
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
def migrate_on_paper() -> None:
    context.configure(
        dialect_name="{{ cookiecutter.database }}",
        target_metadata=metadata,
        # {% if cookiecutter.database != "postgresql" %}
        render_item=render_item,
        # {% endif %}
        # {% if cookiecutter.database == "mysql" %}
        process_revision_directives=leave_out_needless_drops,
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
    context.configure(connection=connection, target_metadata=metadata)
    with context.begin_transaction():
        # Wait for other migrations, and let each statement take the time it needs; but
        # do not wait for ever for a table, since whoever comes after waits behind us.
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        connection.execute(text("SET LOCAL lock_timeout = 0"))
        connection.execute(text(f"SELECT pg_advisory_xact_lock({LOCK})"))
        connection.execute(text("SET LOCAL lock_timeout TO DEFAULT"))
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
        process_revision_directives=leave_out_needless_drops,
    )
    with context.begin_transaction():
        context.run_migrations()
    # Closing the connection gives the lock back.
# {% endif %}


# {% if cookiecutter.concurrency == "async" %}
async def migrate_online() -> None:
    # {% if cookiecutter.database == "sqlite" %}
    engine = create_database_engine(settings, foreign_keys=False)
    # {% else %}
    engine = create_database_engine(settings, poolclass=NullPool)
    # {% endif %}
    async with engine.connect() as connection:
        await connection.run_sync(migrate)
    await engine.dispose()
# {% else %}
def migrate_online() -> None:
    # {% if cookiecutter.database == "sqlite" %}
    engine = create_database_engine(settings, foreign_keys=False)
    # {% else %}
    engine = create_database_engine(settings, poolclass=NullPool)
    # {% endif %}
    with engine.connect() as connection:
        migrate(connection)
    engine.dispose()
# {% endif %}


if context.is_offline_mode():
    migrate_on_paper()
else:
    # On paper neither the settings nor the driver are needed.
    from app.database.engine import create_database_engine
    from app.settings import load_settings

    settings = context.config.attributes.get("settings") or load_settings()
    # {% if cookiecutter.concurrency == "async" %}
    asyncio.run(migrate_online())
    # {% else %}
    migrate_online()
    # {% endif %}
