"""How Alembic writes and runs revisions for SQLite."""

from typing import Any, Literal

from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Table, event

from app.database.types import Numeric, UtcDateTime


def render_item(kind: str, item: Any, _autogen: AutogenContext) -> str | Literal[False]:
    """Write the database's own types into revisions, so that they outlive our code."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime()"
    if kind == "type" and isinstance(item, Numeric):
        return "sa.BigInteger()"
    return False


@event.listens_for(Table, "before_create")
def keep_autoincrement(table: Table, *_arguments: Any, **_options: Any) -> None:
    """Keep AUTOINCREMENT, which is not reflected, when batch mode recreates a table."""
    if table.name.startswith("_alembic_tmp_") and len(table.primary_key) == 1:
        table.dialect_options["sqlite"]["autoincrement"] = True


# Arguments of context.configure.
OPTIONS: dict[str, Any] = {
    "render_item": render_item,
    # SQLite changes a table by making a new one.
    "render_as_batch": True,
    "transactional_ddl": True,
}
