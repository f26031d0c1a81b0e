"""The steps of an adoption, each with what it needs as JSON, and what it found."""

import warnings
from collections.abc import Collection, Sequence
from dataclasses import asdict
from importlib import import_module
from typing import Any

from alembic import command
from alembic.script import ScriptDirectory
from app.database.administration.lifecycle import alembic_config
from sqlalchemy import Connection, ForeignKeyConstraint, MetaData, inspect
from sqlalchemy.exc import SAWarning
from sqlalchemy.schema import sort_tables_and_constraints

from cookiecutter_fastapi_sqlalchemy.inside.adoption import live
from cookiecutter_fastapi_sqlalchemy.inside.adoption.live import Impossible
from cookiecutter_fastapi_sqlalchemy.inside.adoption.statements import Statement
from cookiecutter_fastapi_sqlalchemy.inside.adoption.writing import House, in_order

# How SQLAlchemy says that it cannot read something, here as in the tests of the project.
UNREAD = (
    "Did not recognize type",
    "Skipped unsupported reflection of expression-based index",
)
HERE = "cookiecutter_fastapi_sqlalchemy.inside.adoption"


def read(
    url: str,
    schemas: Sequence[str],
    left_out: Sequence[str],
    features: dict[str, list[str]],
    rest: str,
) -> dict[str, Any]:
    """Return the models of each feature, the statements of the baseline, and facts for rules."""
    settings = live.settings_of(url)
    return live.read(
        settings, lambda connection: _read(connection, schemas, left_out, features, rest)
    )


def _read(
    connection: Connection,
    schemas: Sequence[str],
    left_out: Sequence[str],
    features: dict[str, list[str]],
    rest: str,
) -> dict[str, Any]:
    own = _own_tables(connection)
    default = connection.dialect.default_schema_name
    chosen = [None if schema == default else schema for schema in schemas] or [None]
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always", SAWarning)
        metadata = live.reflect(connection, chosen, [*left_out, *own])
    if not metadata.tables:
        raise Impossible("The database has no tables to adopt: see --schema and --except.")
    catalog = import_module(f"{HERE}.{connection.dialect.name}").Catalog(
        connection, metadata, chosen
    )
    catalog.complete()
    live.check_references(metadata, own)
    statements: list[Statement] = [*catalog.statements(left_out)]
    rules = {
        "schemas": [schema for schema in chosen if schema],
        "left_out": [*left_out],
        "facts": catalog.facts(),
    }
    houses = _houses(connection, metadata, features, rest)
    return {
        "models": {feature: house.generate() for feature, house in houses.items()},
        "readable": {feature: [*house.readable()] for feature, house in houses.items()},
        "statements": [asdict(statement) for statement in statements],
        "rules": rules,
        "notes": catalog.notes(),
        "warnings": [each for each in UNREAD if any(each in str(one.message) for one in seen)],
        "tables": len(metadata.tables),
        "own": [*_project_tables()],
    }


def _project_tables() -> Collection[str]:
    from app.models import metadata

    return {*metadata.tables}


def _own_tables(connection: Connection) -> Collection[str]:
    """Return the tables that the project has made in the database; none if it was never here.

    Raises Impossible where others have made tables of the same names.
    """
    own = _project_tables()
    known = {script.revision for script in _scripts().walk_revisions()}
    if known.intersection(live.revisions_in(connection)):
        return own
    found = inspect(connection).get_table_names()
    if clashing := sorted({*own}.intersection(found)):
        raise Impossible(
            f"The database and the project both have {' and '.join(clashing)}: rename the "
            f"project's, as by --rename {clashing[0]}=NAME."
        )
    return ()


def _scripts() -> ScriptDirectory:
    from alembic.config import Config

    return ScriptDirectory.from_config(Config(toml_file="pyproject.toml"))


def _houses(
    connection: Connection, metadata: MetaData, features: dict[str, list[str]], rest: str
) -> dict[str, House]:
    _mark_circles(metadata)
    tables = dict(metadata.tables)
    houses = {}
    for feature, names in features.items():
        if missing := [name for name in names if name not in tables]:
            raise Impossible(f"--feature {feature} names {missing[0]}, which is no table to adopt.")
        chosen = [tables.pop(name) for name in names]
        houses[feature] = House(metadata, connection, in_order(chosen))
    if tables:
        houses[rest] = House(metadata, connection, in_order(tables.values()))
    return houses


def _mark_circles(metadata: MetaData) -> None:
    """Mark foreign keys, as few as it takes, without which the tables can be sorted."""
    while circular := _circular_keys(metadata):
        circular[0].use_alter = True


def _circular_keys(metadata: MetaData) -> list[ForeignKeyConstraint]:
    """Return the keys of tables in circles that are not marked, those first that may be null."""
    tables = sorted(metadata.tables.values(), key=lambda table: table.fullname)
    sort: Any = sort_tables_and_constraints
    *_, (_, left) = sort(tables)
    keys = [key for key in left if not key.use_alter and key.referred_table is not key.table]
    return sorted(keys, key=_requirement)


def _requirement(key: ForeignKeyConstraint) -> tuple[bool, str, str]:
    required = not all(column.nullable for column in key.columns)
    return required, key.table.fullname, ",".join(key.column_keys)


def write(
    url: str, revision: str, statements: list[dict[str, str]], own: list[str]
) -> dict[str, Any]:
    """Write the baseline, and return how the models differ from the live database."""
    from cookiecutter_fastapi_sqlalchemy.inside.adoption.revision import write_baseline

    settings = live.settings_of(url)
    adopted = sorted({*_project_tables()}.difference(own))
    write_baseline(revision, [Statement(**each) for each in statements], adopted)
    return live.read(settings, lambda connection: _check(connection, own))


def _check(connection: Connection, own: Collection[str]) -> dict[str, Any]:
    from cookiecutter_fastapi_sqlalchemy.inside.adoption.compare import differences

    return {
        "differences": differences(connection, own),
        "revisions": live.revisions_in(connection),
    }


def stamp(url: str, revision: str) -> dict[str, Any]:
    """Note in the live database that it is at the baseline, and change nothing else."""
    command.stamp(alembic_config(live.settings_of(url)), revision)
    return {}
