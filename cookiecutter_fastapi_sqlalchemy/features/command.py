"""``add-feature``: from names and fields to a feature in the project."""

import json
from dataclasses import dataclass
from typing import IO, Any

import click

from cookiecutter_fastapi_sqlalchemy.draft import Draft, drafted
from cookiecutter_fastapi_sqlalchemy.errors import Refused
from cookiecutter_fastapi_sqlalchemy.features import edits, names, reserved
from cookiecutter_fastapi_sqlalchemy.features.building import Builder
from cookiecutter_fastapi_sqlalchemy.features.feature import Feature
from cookiecutter_fastapi_sqlalchemy.features.grammar import (
    Spec,
    parse_json,
    parse_line,
    split_lines,
)
from cookiecutter_fastapi_sqlalchemy.features.prompts import ask_fields, ask_singular
from cookiecutter_fastapi_sqlalchemy.features.rendering import Renderer
from cookiecutter_fastapi_sqlalchemy.features.session import Facts, Session, loaded
from cookiecutter_fastapi_sqlalchemy.features.tables import routes_in
from cookiecutter_fastapi_sqlalchemy.project import Project

JSON_KEYS = ("name", "singular", "fields")


@dataclass(frozen=True)
class Wanted:
    """What was asked for; without fields, they are asked for one by one."""

    name: str
    singular: str | None
    specs: list[Spec]


@click.command("add-feature", no_args_is_help=True)
@click.argument("name", required=False)
@click.argument("fields", nargs=-1)
@click.option("--singular", metavar="NAME", help="What one of them is called, if not as guessed.")
@click.option(
    "--from-json", type=click.File(encoding="utf-8"), help="Read name and fields from a file, or -."
)
@click.option("--dry-run", is_flag=True, help="Show the changes as a diff, and make none.")
@click.option("--force", is_flag=True, help="Change a project that has uncommitted changes.")
def command(
    name: str | None,
    fields: tuple[str, ...],
    singular: str | None,
    from_json: IO[str] | None,
    dry_run: bool,
    force: bool,
) -> None:
    """Add a feature: models, routes, tests and the migration of a new table.

    NAME is the plural: the name of the folder, of the table and of the path. Quote the
    FIELDS, since shells read parentheses. Without them, they are asked for one by one.

    \b
      add-feature posts 'title:str(200) slug:str(80):unique body:text
                         published:bool=false published_at:datetime?
                         author:users kind:enum(draft,live) tags:many(tags)'

    \b
    Types:    str(200) text int float money bool date datetime uuid
              enum(draft,live), a table for a reference, many(table) for a list
    After it: ? for what may be empty, =false for a default
    Options:  :unique :index, and of references :restrict :cascade :set-null

    In JSON: {"name": "posts", "fields": ["title:str(200)", {"name": "kind", "type": "enum",
    "values": ["draft", "live"]}]}. The keys of a field are name, type, length, values, table,
    nullable, unique, index, default and on_delete.
    """
    project = Project.find()
    if not (dry_run or force):
        project.check_clean()
    wanted = _read_json(from_json, name, singular) if from_json else None
    if wanted is None:
        specs = [parse_line(line) for line in split_lines(fields)]
        wanted = Wanted(name or "", singular, specs)
    elif fields:
        raise Refused("The fields are in the JSON already: leave them out of the command.")
    names.check_name(wanted.name, "The feature")
    add(project, wanted, dry_run=dry_run, asking=not (fields or from_json))


def add(project: Project, wanted: Wanted, *, dry_run: bool, asking: bool) -> None:
    """Add a feature to a project, or show what that would change."""
    with drafted(project) as draft, loaded(draft) as session:
        facts = session.facts()
        feature = _feature(draft, facts, wanted, asking)
        findings = _write(draft, session, feature)
        changes = draft.changes()
    if dry_run:
        click.echo(changes.diff(), nl=False)
        return
    with changes.made():
        pass
    for path in sorted(changes.texts):
        click.echo(f"  {path.as_posix()}")
    click.echo(f"Added {feature.model}: table {feature.name}, routes /api/v1{feature.path}.")
    if findings:
        click.echo(f"The project's ruff finds in them:\n{findings.rstrip()}")
    click.echo("Read the migration, then run `uv run alembic upgrade head`.")


def _feature(draft: Draft, facts: Facts, wanted: Wanted, asking: bool) -> Feature:
    _check_feature(draft, facts, wanted.name)
    singular, specs = wanted.singular, wanted.specs
    if singular is None:
        guessed = names.singular_of(wanted.name)
        singular = ask_singular(guessed) if asking else guessed
    _check_singular(facts, wanted.name, singular)
    builder = Builder(wanted.name, singular, facts.tables, facts.reserved)
    feature = builder.build(ask_fields(builder) if asking else specs)
    if taken := routes_in(draft.project.path) & {*feature.functions}:
        raise Refused(f"There is a route {min(taken)} already: choose another name.")
    return feature


def _check_feature(draft: Draft, facts: Facts, name: str) -> None:
    if len(facts.heads) != 1:
        raise Refused(
            f"The migrations have {len(facts.heads)} heads, and need one: join them with `uv run "
            "alembic merge heads` first."
        )
    if name in reserved.FEATURES_TAKEN:
        raise Refused(f"The name {name!r} has a meaning in each feature: choose another one.")
    if name in facts.reserved:
        raise Refused(f"{name!r} is a reserved word of the database's SQL: choose another name.")
    for path in (
        f"app/{name}",
        f"app/{name}.py",
        f"tests/api/{name}.py",
        f"tests/api/test_{name}.py",
        f"tests/access/{name}.py",
    ):
        if draft.exists(path):
            raise Refused(f"{path} exists already: choose another name, or remove it.")
    if name in facts.tables:
        raise Refused(f"There is a table {name} already: choose another name.")


def _check_singular(facts: Facts, name: str, singular: str) -> None:
    names.check_name(singular, "The singular")
    if singular == name:
        raise Refused(f"The singular {singular!r} is the plural, too: choose another one.")
    if singular in reserved.SINGULARS_TAKEN:
        raise Refused(
            f"The singular {singular!r} has a meaning in each feature: choose another with "
            f"--singular, such as --singular one_{singular}."
        )
    model = names.camel(singular)
    for table in facts.tables.values():
        if table.model == model:
            raise Refused(
                f"{table.module} has a class {model} already: choose another with --singular."
            )
    if model in reserved.CLASSES_TAKEN:
        raise Refused(
            f"The class {model} would hide one that each feature imports: choose another with "
            f"--singular, such as --singular one_{singular}."
        )


def _write(draft: Draft, session: Session, feature: Feature) -> str:
    """Write all of a feature into the draft, and return what the linter finds in it."""
    edited = {
        edits.MODELS: edits.add_to_models(draft.read(edits.MODELS), feature),
        edits.MAIN: edits.add_to_main(draft.read(edits.MAIN), feature),
    }
    files = dict(Renderer(draft.project, feature).files())
    formatted = [name for name in edited if draft.is_formatted(name)]
    for name, text in {**files, **edited}.items():
        draft.write(name, text)
    findings = draft.tidy(*files)
    draft.format(*formatted)
    session.write_revision(feature.module, f"add {feature.many}", feature.tables)
    return findings


def _read_json(file: IO[str], name: str | None, singular: str | None) -> Wanted:
    try:
        described: Any = json.load(file)
    except ValueError as error:
        raise Refused(f"The JSON cannot be read: {error}.") from error
    if not isinstance(described, dict) or not isinstance(described.get("fields"), list):
        raise Refused('The JSON is no object with fields: write {"name": "posts", "fields": […]}.')
    if unknown := sorted(described.keys() - JSON_KEYS):
        raise Refused(f"The JSON has an unknown key, {unknown[0]}: use {', '.join(JSON_KEYS)}.")
    name = name or described.get("name")
    if not isinstance(name, str):
        raise Refused("Neither the command nor the JSON names the feature: add its name.")
    singular = singular or described.get("singular")
    if not isinstance(singular, str | None):
        raise Refused(f"The singular {singular!r} is no text: write it in quotes.")
    return Wanted(name, singular, [parse_json(each) for each in described["fields"]])
