"""Whether the service can serve: what the database says, beside what the code needs.

The service does without Alembic, which would be a tenth of its memory.
"""

import ast
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any, cast

from sqlalchemy import Connection, inspect, text
from sqlalchemy.pool import QueuePool

# {% if cookiecutter.database != "sqlite" %}
from app.database.failover import is_read_only
# {% endif %}
from app.database.session import Database
from app.errors import Unavailable

REVISIONS = Path(__file__).parent.parent.parent / "migrations" / "versions"

# What a revision says that it follows, in its file.
FOLLOWED = ("down_revision", "depends_on")


async def check_ready(database: Database) -> None:
    """Raise Unavailable unless the database answers and its schema is at the head."""
    # {% if cookiecutter.database != "sqlite" %}
    await _check_writable(database)
    # {% endif %}
    current = await database.read(_current_revisions)
    if current != newest_revisions():
        raise Unavailable(
            f"The schema is at revision {_named(current)}, "
            f"not at {_named(newest_revisions())}; run the migrations."
        )


# {% if cookiecutter.database != "sqlite" %}
async def _check_writable(database: Database) -> None:
    """Raise Unavailable where the server takes no writes, as a standby does."""
    if await database.read(is_read_only):
        database.failover.leave()
        raise Unavailable("The database is read-only.")


# {% endif %}
def _current_revisions(connection: Connection) -> set[str]:
    if not inspect(connection).has_table("alembic_version"):
        return set()
    return set(connection.scalars(text("SELECT version_num FROM alembic_version")))


def _named(revisions: Iterable[str]) -> str:
    return ", ".join(sorted(revisions)) or "base"


@cache
def newest_revisions(folder: Path = REVISIONS) -> frozenset[str]:
    """Give the revisions that no other follows: one, or several until they are merged.

    The files are read and not run, so what they say of themselves must be literals.
    """
    revisions: set[str] = set()
    followed: set[str] = set()
    for path in folder.glob("*.py"):
        said = _literals(path, "revision", *FOLLOWED)
        if "revision" in said:
            revisions.add(said["revision"])
            followed.update(*(_as_tuple(said.get(name)) for name in FOLLOWED))
    return frozenset(revisions - followed)


def _literals(path: Path, *names: str) -> dict[str, Any]:
    """Read what a module assigns to those of the names that it has."""
    values: dict[str, ast.expr] = {}
    for statement in ast.parse(path.read_bytes()).body:
        match statement:
            case ast.AnnAssign(ast.Name(name), _, ast.expr() as value):
                values[name] = value
            case ast.Assign([ast.Name(name)], value):
                values[name] = value
    return {name: ast.literal_eval(values[name]) for name in names if name in values}


def _as_tuple(value: str | Iterable[str] | None) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value or ())


def pool_figures(database: Database) -> dict[str, int]:
    """Give the size of the pools, and the connections in use and above the size."""
    engines = (database.engine, database.read_engine)
    pools = [cast(QueuePool, engine.pool) for engine in engines]
    return {
        # {% if cookiecutter.concurrency == "async" %}
        "size": pools[0].size(),  # of both together, so many have a turn at once
        # {% else %}
        "size": sum(pool.size() for pool in pools),
        # {% endif %}
        "in_use": sum(pool.checkedout() for pool in pools),
        "overflow": sum(max(pool.overflow(), 0) for pool in pools),
    }
