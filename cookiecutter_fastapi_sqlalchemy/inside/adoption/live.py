"""The live database, which is read and never written."""

import asyncio
import warnings
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar
from urllib.parse import quote

from app.settings import Settings
from pydantic import ValidationError
from sqlalchemy import (
    Connection,
    Engine,
    ForeignKeyConstraint,
    MetaData,
    NullPool,
    create_engine,
    event,
    inspect,
    text,
)
from sqlalchemy.exc import SAWarning

Result = TypeVar("Result")

VERSIONS = "alembic_version"


class Impossible(Exception):
    """Raised for what cannot be adopted; the message is one sentence with the remedy."""


def settings_of(url: str) -> Settings:
    """Return the project's settings with another database. Raises Impossible."""
    try:
        return Settings(database_url=url)
    except ValidationError as error:
        message = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise Impossible(f"The URL of the database {message}.") from None


def read(settings: Settings, work: Callable[[Connection], Result]) -> Result:
    """Return what a function returns that reads the database, which refuses to be written."""
    engine = _reading_engine(settings)
    if not isinstance(engine, Engine):
        return asyncio.run(_read(engine, work))
    try:
        with engine.connect() as connection, _known_warnings():
            return work(connection)
    finally:
        engine.dispose()


async def _read(engine: Any, work: Callable[[Connection], Result]) -> Result:
    try:
        async with engine.connect() as connection:
            with _known_warnings():
                result: Result = await connection.run_sync(work)
                return result
    finally:
        await engine.dispose()


@contextmanager
def _known_warnings() -> Iterator[None]:
    """Silence what reflection cannot read: it is looked up in the catalogs."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SAWarning)
        yield


def _reading_engine(settings: Settings) -> Any:
    url = settings.database_url
    if url.get_backend_name() == "sqlite":
        # The project's own engine would switch the file to another journal.
        file = f"sqlite:///file:{quote(str(url.database))}?mode=ro&uri=true"
        return create_engine(file, poolclass=NullPool)
    from app.database.engine import create_maintenance_engine

    engine = create_maintenance_engine(settings)
    event.listen(getattr(engine, "sync_engine", engine), "begin", _refuse_writes)
    return engine


def _refuse_writes(connection: Connection) -> None:
    scope = "" if connection.dialect.name == "postgresql" else "SESSION "
    connection.exec_driver_sql(f"SET {scope}TRANSACTION READ ONLY")


def reflect(
    connection: Connection, schemas: Collection[str | None], left_out: Collection[str]
) -> MetaData:
    """Return the tables of the schemas but those that are left out. Raises Impossible."""
    inspector = inspect(connection)
    metadata = MetaData()
    left = {VERSIONS, *left_out}
    for schema in schemas:
        if schema and schema not in inspector.get_schema_names():
            raise Impossible(f"The database has no schema {schema}: see --schema.")
        names = [
            name
            for name in inspector.get_table_names(schema)
            if qualified(schema, name) not in left
        ]
        # Without extend_existing it would pass over a table that another schema has, too.
        metadata.reflect(
            connection, schema=schema, only=names, extend_existing=True, resolve_fks=False
        )
    return metadata


def check_references(metadata: MetaData, own: Collection[str]) -> None:
    """Raise Impossible for a foreign key to a table that is not among those adopted."""
    for table in metadata.tables.values():
        for key in table.foreign_key_constraints:
            target = target_of(key)
            if target not in metadata.tables and target not in own:
                raise Impossible(
                    f"{table.fullname} refers to {target}, which is not adopted: name its schema "
                    f"with --schema, or leave {table.fullname} out with --except, too."
                )


def target_of(key: ForeignKeyConstraint) -> str:
    """Return the name, with its schema, of the table that a foreign key refers to."""
    schema, name, _ = key.elements[0].target_tokens
    return qualified(schema, name)


def qualified(schema: str | None, name: str) -> str:
    """Return the name of a table as SQLAlchemy keys it."""
    return f"{schema}.{name}" if schema else name


def revisions_in(connection: Connection) -> list[str]:
    """Return the revisions that the database is at; none where Alembic never was."""
    if not inspect(connection).has_table(VERSIONS):
        return []
    found = connection.execute(text(f"SELECT version_num FROM {VERSIONS}"))
    return [str(version) for version in found.scalars()]
