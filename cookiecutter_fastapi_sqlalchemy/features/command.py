"""``add-feature``: from names and fields to a feature in the project."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO, Any

import click

from cookiecutter_fastapi_sqlalchemy.draft import Draft, drafted
from cookiecutter_fastapi_sqlalchemy.errors import Refused
from cookiecutter_fastapi_sqlalchemy.features import edits, names, reserved
from cookiecutter_fastapi_sqlalchemy.features.access import Access, access_of, check_access
from cookiecutter_fastapi_sqlalchemy.features.building import Builder
from cookiecutter_fastapi_sqlalchemy.features.feature import Feature
from cookiecutter_fastapi_sqlalchemy.features.grammar import (
    Spec,
    parse_json,
    parse_line,
    split_lines,
)
from cookiecutter_fastapi_sqlalchemy.features.prompts import (
    ask_fields,
    ask_owner,
    ask_role,
    ask_singular,
)
from cookiecutter_fastapi_sqlalchemy.features.rendering import Renderer
from cookiecutter_fastapi_sqlalchemy.features.session import Facts, Session, loaded
from cookiecutter_fastapi_sqlalchemy.features.tables import is_owned, routes_in
from cookiecutter_fastapi_sqlalchemy.project import Project

JSON_KEYS = ("name", "singular", "owned_by", "write_role", "fields")


@dataclass(frozen=True)
class Wanted:
    """What was asked for; without fields, they are asked for one by one."""

    name: str
    singular: str | None
    specs: list[Spec]
    owned_by: str | None = None
    write_role: str | None = None


@click.command("add-feature", no_args_is_help=True)
@click.argument("name", required=False)
@click.argument("fields", nargs=-1)
@click.option("--singular", metavar="NAME", help="What one of them is called, if not as guessed.")
@click.option(
    "--from-json", type=click.File(encoding="utf-8"), help="Read name and fields from a file, or -."
)
@click.option(
    "--owned-by", metavar="TABLE", help="users: each row belongs to who creates it; staff see all."
)
@click.option("--write-role", metavar="ROLE", help="The role that writes: user, staff or admin.")
@click.option("--dry-run", is_flag=True, help="Show the changes as a diff, and make none.")
@click.option("--force", is_flag=True, help="Change a project that has uncommitted changes.")
def command(
    name: str | None,
    fields: tuple[str, ...],
    singular: str | None,
    from_json: IO[str] | None,
    owned_by: str | None,
    write_role: str | None,
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

    Where users sign in, all of them read, and staff write, unless --owned-by or --write-role
    says otherwise.

    In JSON: {"name": "posts", "fields": ["title:str(200)", {"name": "kind", "type": "enum",
    "values": ["draft", "live"]}]}. The keys of a field are name, type, length, values, table,
    nullable, unique, index, default and on_delete. Beside fields, there may be singular,
    owned_by and write_role.
    """
    project = Project.find()
    if not (dry_run or force):
        project.check_clean()
    specs = [parse_line(line) for line in split_lines(fields)]
    wanted = Wanted(name or "", singular, specs, owned_by, write_role)
    if from_json:
        wanted = _with_json(wanted, from_json)
    names.check_name(wanted.name, "The feature")
    check_access(wanted.owned_by, wanted.write_role, project.has_sign_in)
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
    access = _access(draft.project, wanted, asking)
    _check_singular(facts, wanted.name, singular, access)
    builder = Builder(wanted.name, singular, facts.tables, facts.reserved, access)
    feature = builder.build(ask_fields(builder) if asking else specs)
    _check_owned_targets(draft.project, feature)
    if taken := routes_in(draft.project.path) & {*feature.functions}:
        raise Refused(f"There is a route {min(taken)} already: choose another name.")
    return feature


def _access(project: Project, wanted: Wanted, asking: bool) -> Access:
    """Return who may do what; of what the command leaves open, ask where it asks."""
    owned_by, write_role = wanted.owned_by, wanted.write_role
    if asking and project.has_sign_in:
        owned_by = owned_by or ask_owner()
        write_role = write_role or ask_role(access_of(owned_by, None).write_role)
    return access_of(owned_by, write_role)


def _check_owned_targets(project: Project, feature: Feature) -> None:
    """Raise Refused where users could refer to what belongs to others."""
    if not feature.access.has_user_writing:
        return
    for field in feature.references:
        if field.target and not feature.owner and is_owned(field.target, project.path):
            raise Refused(
                f"The {field.target.name} belong to users, and so has what users refer to them "
                "by: add --owned-by users, or --write-role staff."
            )
    for each in feature.lists:
        if is_owned(each.target, project.path):
            raise Refused(
                f"A list of {each.target.name} could have those of other users: refer to one of "
                "them in place of a list, or add --write-role staff."
            )


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
        f"tests/api/test_own_{name}.py",
        f"tests/access/{name}.py",
    ):
        if draft.exists(path):
            raise Refused(f"{path} exists already: choose another name, or remove it.")
    if name in facts.tables:
        raise Refused(f"There is a table {name} already: choose another name.")


def _check_singular(facts: Facts, name: str, singular: str, access: Access) -> None:
    names.check_name(singular, "The singular")
    if singular == name:
        raise Refused(f"The singular {singular!r} is the plural, too: choose another one.")
    taken = reserved.SINGULARS_TAKEN
    if access.is_owned:
        taken |= reserved.SINGULARS_TAKEN_WHERE_OWNED
    if singular in taken:
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


def _with_json(wanted: Wanted, file: IO[str]) -> Wanted:
    """Return what was asked for with what the JSON adds; the options of the command count."""
    if wanted.specs:
        raise Refused("The fields are in the JSON already: leave them out of the command.")
    described = _read_json(file)
    texts = {key: _text_in(described, key) for key in JSON_KEYS if key != "fields"}
    name = wanted.name or texts["name"]
    if name is None:
        raise Refused("Neither the command nor the JSON names the feature: add its name.")
    return Wanted(
        name,
        wanted.singular or texts["singular"],
        [parse_json(each) for each in described["fields"]],
        wanted.owned_by or texts["owned_by"],
        wanted.write_role or texts["write_role"],
    )


def _text_in(described: Mapping[str, Any], key: str) -> str | None:
    text = described.get(key)
    if not isinstance(text, str | None):
        raise Refused(f"The {key} {text!r} is no text: write it in quotes.")
    return text


def _read_json(file: IO[str]) -> Mapping[str, Any]:
    try:
        described: Any = json.load(file)
    except ValueError as error:
        raise Refused(f"The JSON cannot be read: {error}.") from error
    if not isinstance(described, dict) or not isinstance(described.get("fields"), list):
        raise Refused('The JSON is no object with fields: write {"name": "posts", "fields": […]}.')
    if unknown := sorted(described.keys() - JSON_KEYS):
        raise Refused(f"The JSON has an unknown key, {unknown[0]}: use {', '.join(JSON_KEYS)}.")
    return described
