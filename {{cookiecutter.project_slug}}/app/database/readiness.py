"""Readiness: whether the database answers with a schema that the code can use.

Revisions are read without Alembic, which would take a tenth of the service's memory.
"""

import ast
from collections.abc import Iterable
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any, Literal, TypeAlias, cast

from sqlalchemy import Connection, inspect, text
from sqlalchemy.pool import QueuePool

from app.database.base import AnyTable
from app.database.database import Database
# {% if cookiecutter.database != "sqlite" %}
from app.database.failover import is_read_only
# {% endif %}
# {% if cookiecutter.database == "postgresql" %}
from app.database.positions import primary_only
# {% endif %}
from app.errors import Unavailable

# At the head of this release's revisions, or ahead of them: a newer release migrated.
SchemaState: TypeAlias = Literal["current", "ahead"]

REVISIONS = Path(__file__).parent.parent.parent / "migrations" / "versions"

# The variables of a revision that name the revisions before it.
FOLLOWED = ("down_revision", "depends_on")


async def check_ready(database: Database) -> SchemaState:
    """Return the state of the schema in the database.

    Raises Unavailable unless the database answers and its schema is at the head or
    ahead of it.
    """
    # {% if cookiecutter.database == "postgresql" %}
    with primary_only():
        await _check_writable(database)
        return await database.read(_schema_state)
    # {% elif cookiecutter.database == "mysql" %}
    await _check_writable(database)
    return await database.read(_schema_state)
    # {% else %}
    return await database.read(_schema_state)
    # {% endif %}


# {% if cookiecutter.database != "sqlite" %}
async def _check_writable(database: Database) -> None:
    """Raise Unavailable where the server is read-only, as a standby is."""
    if await database.read(is_read_only):
        database.failover.leave()
        raise Unavailable("The database is read-only.")


# {% endif %}
def _schema_state(connection: Connection) -> SchemaState:
    current, heads = _current_revisions(connection), newest_revisions()
    if current == heads:
        return "current"
    unknown = current - known_revisions()
    # A revision that this release knows is followed by others that it lacks.
    if not unknown or current - unknown - heads:
        raise Unavailable(
            f"The schema is at revision {_named(current)}, "
            f"not at {_named(heads)}; run the migrations."
        )
    if missing := _missing_tables(connection):
        raise Unavailable(
            f"The schema is at revision {_named(unknown)}, which this release does not "
            f"know, and has no table {_named(missing)}."
        )
    return "ahead"


def _current_revisions(connection: Connection) -> set[str]:
    if not inspect(connection).has_table("alembic_version"):
        return set()
    return set(connection.scalars(text("SELECT version_num FROM alembic_version")))


def _missing_tables(connection: Connection) -> set[str]:
    """Return the tables of this release, in whatever schema, that the database lacks."""
    inspector = inspect(connection)
    tables = AnyTable.metadata.tables.values()
    schemas = {table.schema for table in tables}
    found = {schema: inspector.get_table_names(schema) for schema in schemas}
    return {table.fullname for table in tables if table.name not in found[table.schema]}


def _named(revisions: Iterable[str]) -> str:
    return ", ".join(sorted(revisions)) or "base"


def newest_revisions(folder: Path = REVISIONS) -> frozenset[str]:
    """Return the heads: one revision, or several until they are merged."""
    followed = _followed_by_revision(folder)
    return frozenset(followed).difference(*followed.values())


def known_revisions(folder: Path = REVISIONS) -> frozenset[str]:
    """Return all revisions of this release."""
    return frozenset(_followed_by_revision(folder))


@cache
def _followed_by_revision(folder: Path) -> dict[str, tuple[str, ...]]:
    """Read the revisions, and those that each follows, from their files.

    The files are parsed and not run, so their variables must be literals.
    """
    followed: dict[str, tuple[str, ...]] = {}
    for path in folder.glob("*.py"):
        said = _literals(path, "revision", *FOLLOWED)
        if "revision" in said:
            names = (_as_tuple(said.get(name)) for name in FOLLOWED)
            followed[said["revision"]] = tuple(chain.from_iterable(names))
    return followed


def _literals(path: Path, *names: str) -> dict[str, Any]:
    """Return the values of those variables that a module assigns."""
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
    """Return the size of the pools, and the connections in use and above the size."""
    engines = (database.engine, database.read_engine)
    pools = [cast(QueuePool, engine.pool) for engine in engines]
    return {
        # {% if cookiecutter.concurrency == "async" %}
        "size": pools[0].size(),  # the limit for both pools together
        # {% else %}
        "size": sum(pool.size() for pool in pools),
        # {% endif %}
        "in_use": sum(pool.checkedout() for pool in pools),
        "overflow": sum(max(pool.overflow(), 0) for pool in pools),
    }
