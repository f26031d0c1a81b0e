"""Databases of others, which tests adopt into projects."""

import re
import sqlite3
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Engine,
    Identity,
    MetaData,
    NullPool,
    Table,
    create_engine,
    inspect,
    make_url,
)
from sqlalchemy.exc import SAWarning

from tests.combinations import Combination
from tests.installed import Installed, drop_database
from tests.life.features import run_program
from tests.servers import SCHEMES, administrator

SCHEMAS = Path(__file__).parent / "schemas"
# The files that make the foreign schema on each kind of server.
FILES = {
    "": ["sqlite"],
    "postgresql": ["postgresql"],
    "system-postgresql": ["postgresql"],
    "mysql": ["mysql", "mysql-alone"],
    "mariadb": ["mysql", "mariadb-alone"],
}
# What has schemas beside the default one, and is adopted with them.
MORE_SCHEMAS = {"postgresql": ("--schema", "public", "--schema", "billing")}


@dataclass(frozen=True)
class Foreign:
    """A database that was there before, in which the tests may do what its owner would."""

    url: str

    @property
    def engine(self) -> Engine:
        url = make_url(self.url)
        if url.get_backend_name() == "sqlite":
            return create_engine(url, poolclass=NullPool)
        return create_engine(
            url.set(drivername=SCHEMES[url.get_backend_name()]), poolclass=NullPool
        )

    def execute(self, *statements: str) -> None:
        with self.engine.begin() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)

    def query(self, statement: str) -> list[Any]:
        """Return the rows of a query, as tuples."""
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.exec_driver_sql(statement)]

    def tables(self) -> set[str]:
        """Return the names of all tables, those of other schemas with theirs."""
        return {*self._reflected().tables}

    def described(self, leaving_out: Iterable[str] = ()) -> list[str]:
        """Return all of the schema that SQLAlchemy reads, and the definitions of views."""
        metadata = self._reflected()
        inspector = inspect(self.engine)
        found = [
            line
            for name, table in sorted(metadata.tables.items())
            if name not in {"alembic_version", *leaving_out}
            for line in _lines_of(table)
        ]
        views = sorted(inspector.get_view_names())
        return found + [f"{name}: {inspector.get_view_definition(name)}" for name in views]

    def _reflected(self) -> MetaData:
        metadata = MetaData()
        inspector = inspect(self.engine)
        schemas = [each for each in inspector.get_schema_names() if each == "billing"]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SAWarning)  # of what SQLAlchemy cannot read
            for schema in (None, *schemas):
                metadata.reflect(self.engine, schema=schema, resolve_fks=False)
        return metadata


def _lines_of(table: Table) -> Iterator[str]:
    options = {k: v for k, v in table.dialect_kwargs.items() if "auto_increment" not in k}
    yield f"{table.fullname} {table.comment!r} {options}"
    for column in table.columns:
        said = (column.type, column.nullable, column.primary_key, column.comment)
        # MySQL tells the character set of a collation only where it was told.
        shown = re.sub(r"charset='\w+', (?=collation)", "", repr(said))
        yield f"  {column.name} {shown} {_default_of(column)}"
    constraints = [*table.constraints, *table.indexes]
    yield from sorted(f"  {_signature(each)}" for each in constraints)


def _default_of(column: Any) -> str:
    default = column.server_default
    if isinstance(default, Identity):
        return f"identity {default.always} {default.start} {default.increment}"
    return str(getattr(default, "arg", getattr(default, "sqltext", default)))


def _signature(item: Any) -> str:
    names = [str(each) for each in getattr(item, "expressions", item.columns)]
    more = {name: str(value) for name, value in item.dialect_kwargs.items()}
    targets = [each.target_fullname for each in getattr(item, "elements", ())]
    actions = [getattr(item, name, None) for name in ("ondelete", "onupdate", "deferrable")]
    text_of = getattr(item, "sqltext", "")
    return f"{type(item).__name__} {item.name} {names} {targets} {actions} {text_of} {more}"


def statements_of(name: str) -> list[str]:
    """Return the statements of a schema's file, which blank lines separate where they may."""
    return (SCHEMAS / f"{name}.sql").read_text(encoding="utf-8").split(";\n\n")


def filled(foreign: Foreign, server: str) -> Foreign:
    """Make the schema in an empty database."""
    for name in FILES[server]:
        whole = (SCHEMAS / f"{name}.sql").read_text(encoding="utf-8")
        if make_url(foreign.url).get_backend_name() == "sqlite":
            with sqlite3.connect(str(make_url(foreign.url).database)) as connection:
                connection.executescript(whole)
        elif "mysql" in foreign.url:
            foreign.execute(*(each.removesuffix(";\n") for each in statements_of(name)))
        else:
            foreign.execute(whole)
    return foreign


@contextmanager
def foreign_database(
    combination: Combination, server: str | None, folder: Path, name: str
) -> Iterator[Foreign]:
    """Make a database with the foreign schema, and drop it at the end."""
    if server is None:
        yield filled(Foreign(f"sqlite:///{folder / name}.db"), "")
        return
    drop_database(combination.database, f"{server}/{name}")
    with administrator(_maintenance(server)).connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    try:
        yield filled(Foreign(f"{server}/{name}"), combination.server)
    finally:
        drop_database(combination.database, f"{server}/{name}")


def _maintenance(server: str) -> str:
    return f"{server}/postgres" if server.startswith("postgresql") else f"{server}/mysql"


def adopt(project: Path, *arguments: str, expected: int = 0) -> str:
    """Run the command in a project without a terminal, and return its output."""
    done = run_program(project, "adopt", *arguments)
    print(done.stdout)
    assert done.returncode == expected, done.stdout
    return done.stdout


def at(project: Installed, url: str) -> Installed:
    """Return the project with another database."""
    return replace(project, variables={**project.variables, "APP_DATABASE_URL": url})
