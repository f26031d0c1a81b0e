"""The steps of an adoption, each with what it needs as JSON, and what it found."""

from collections.abc import Collection, Sequence
from dataclasses import asdict
from importlib import import_module
from typing import Any

from alembic import command
from alembic.script import ScriptDirectory
from app.database.administration.lifecycle import alembic_config
from sqlalchemy import Connection, MetaData, inspect
from sqlalchemy.schema import sort_tables_and_constraints

from cookiecutter_fastapi_sqlalchemy.inside.adoption import live
from cookiecutter_fastapi_sqlalchemy.inside.adoption.live import Impossible
from cookiecutter_fastapi_sqlalchemy.inside.adoption.statements import Statement

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
    chosen = [None if schema == default else schema for schema in schemas or [None]]
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
    return {
        "models": _models(connection, metadata, features, rest),
        "statements": [asdict(statement) for statement in statements],
        "rules": rules,
        "notes": catalog.notes(),
        "tables": len(metadata.tables),
        "own": [*_project_tables()],
    }


def _project_tables() -> Collection[str]:
    from app.models import metadata

    return metadata.tables.keys()


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
            f"The database and the project both have a table {clashing[0]}: give the project's "
            f"another name with --rename {clashing[0]}=NAME."
        )
    return ()


def _scripts() -> ScriptDirectory:
    from alembic.config import Config

    return ScriptDirectory.from_config(Config(toml_file="pyproject.toml"))


def _models(
    connection: Connection, metadata: MetaData, features: dict[str, list[str]], rest: str
) -> dict[str, str]:
    from cookiecutter_fastapi_sqlalchemy.inside.adoption.writing import House, in_order

    _mark_circles(metadata)
    tables = dict(metadata.tables)
    models = {}
    for feature, names in features.items():
        if missing := [name for name in names if name not in tables]:
            raise Impossible(f"--feature {feature} names {missing[0]}, which is no table to adopt.")
        chosen = [tables.pop(name) for name in names]
        models[feature] = House(metadata, connection, in_order(chosen)).generate()
    if tables:
        models[rest] = House(metadata, connection, in_order(tables.values())).generate()
    return models


def _mark_circles(metadata: MetaData) -> None:
    """Mark the foreign keys without which the tables can be sorted."""
    tables = sorted(metadata.tables.values(), key=lambda table: table.fullname)
    for table, keys in sort_tables_and_constraints(tables):
        if table is None:
            for key in keys:
                key.use_alter = True


def write(
    url: str, revision: str, statements: list[dict[str, str]], own: list[str]
) -> dict[str, Any]:
    """Write the baseline, and return how the models differ from the live database."""
    from cookiecutter_fastapi_sqlalchemy.inside.adoption.revision import write_baseline

    settings = live.settings_of(url)
    write_baseline(revision, [Statement(**each) for each in statements])
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
