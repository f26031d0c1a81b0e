"""``adopt``: models and a baseline for a database that was there before."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from cookiecutter_fastapi_sqlalchemy.adopt import edits, workshop
from cookiecutter_fastapi_sqlalchemy.adopt.rules import rules_for
from cookiecutter_fastapi_sqlalchemy.adopt.workshop import Workshop
from cookiecutter_fastapi_sqlalchemy.errors import Refused
from cookiecutter_fastapi_sqlalchemy.project import Project

BASELINE = "0000"
REVISIONS = Path("migrations", "versions")
MODELS = Path("app", "models.py")
ENVIRONMENT = Path("migrations", "env.py")
OPTIONS = Path("migrations", "revisions.py")
RULES = Path("migrations", "adopted.py")
PYPROJECT = Path("pyproject.toml")


@click.command(short_help="Take over a database: models, a baseline, a clean check.")
@click.argument("url")
@click.option(
    "--into",
    default="legacy",
    show_default=True,
    metavar="NAME",
    help="The feature, a folder of app/, that gets the tables no --feature names.",
)
@click.option(
    "--feature",
    "features",
    multiple=True,
    metavar="NAME=TABLE,…",
    help="A feature of its own for some of the tables; may be repeated.",
)
@click.option(
    "--schema",
    "schemas",
    multiple=True,
    metavar="NAME",
    help="A schema of PostgreSQL to adopt; may be repeated. The default one by default.",
)
@click.option(
    "--except",
    "left_out",
    multiple=True,
    metavar="TABLE",
    help="A table to leave alone: no model, and no migration touches it; may be repeated.",
)
@click.option(
    "--rename",
    "renamed",
    multiple=True,
    metavar="TABLE=NAME",
    help="Another name for a table of the project, where the database has one so named.",
)
@click.option("--yes", is_flag=True, help="Stamp the database with the baseline, and do not ask.")
@click.option("--dry-run", is_flag=True, help="Show the changes as a diff, and make none.")
@click.option("--force", is_flag=True, help="Work on files with changes that git does not have.")
def command(
    url: str,
    into: str,
    features: tuple[str, ...],
    schemas: tuple[str, ...],
    left_out: tuple[str, ...],
    renamed: tuple[str, ...],
    yes: bool,
    dry_run: bool,
    force: bool,
) -> None:
    """Take over the database at URL, which other software has made.

    Writes models of its tables, and as the first of all migrations a baseline that makes
    them where they are missing, as in the tests. The live database has them, and is only
    stamped with the baseline, after a question: nothing but alembic_version is ever written
    to it, and until then a role that may read is enough. `alembic upgrade head` then adds
    the project's own tables, and `alembic check` is clean.
    """
    project = Project.find()
    if not (force or dry_run):
        project.check_clean()
    url = _absolute(url, project)
    with workshop.opened(project) as shop:
        _rename(shop, _pairs(renamed, "--rename"))
        groups = {name: tables.split(",") for name, tables in _pairs(features, "--feature").items()}
        found = _adopt(shop, url, schemas, left_out, groups, into)
        changes = shop.changes()
    if dry_run:
        click.echo(changes.diff(), nl=False)
        return
    with changes.made():
        pass
    click.echo(f"{found['tables']} tables are adopted, and the models equal the database.")
    for note in found["notes"]:
        click.echo(note)
    _stamp(project, url, found["revisions"], yes)


def _absolute(url: str, project: Project) -> str:
    """Return the URL; a relative path of SQLite begins at the project's folder, as in .env."""
    scheme, separator, path = url.partition(":///")
    if not (separator and scheme.startswith("sqlite")) or not path or path == ":memory:":
        return url
    file = project.path / path
    if not file.is_file():
        raise Refused(f"There is no file {file}: a relative path begins at the project's folder.")
    return f"{scheme}:///{file}"


def _pairs(given: Sequence[str], option: str) -> dict[str, str]:
    pairs = [each.partition("=") for each in given]
    for (name, _, value), text in zip(pairs, given, strict=True):
        if not (name.isidentifier() and value):
            raise Refused(f"{option} {text} is not of the form NAME=…: see --help.")
    return {name: value for name, _, value in pairs}


def _rename(shop: Workshop, names: dict[str, str]) -> None:
    """Give tables of the project other names, in its models and revisions."""
    if not names:
        return
    models = [*(shop.path / "app").glob("*/models.py")]
    for file in [*models, *(shop.path / REVISIONS).glob("*.py")]:
        name = file.relative_to(shop.path)
        shop.write(name, edits.with_tables_renamed(shop.read(name), names))


def _adopt(
    shop: Workshop,
    url: str,
    schemas: Sequence[str],
    left_out: Sequence[str],
    features: dict[str, list[str]],
    into: str,
) -> dict[str, Any]:
    """Write everything into the copy; return what there is to tell."""
    base = _base_of(shop)
    read = shop.step(
        "read", url=url, schemas=schemas, left_out=left_out, features=features, rest=into
    )
    written = _write_models(shop, read["models"])
    written += _write_rules(shop, read["rules"])
    if read["warnings"]:
        shop.write(PYPROJECT, edits.with_ignored_warnings(shop.read(PYPROJECT), read["warnings"]))
    shop.tidy(*written)
    checked = shop.step(
        "write", url=url, revision=BASELINE, statements=read["statements"], own=read["own"]
    )
    if checked["differences"]:
        raise Refused(
            f"The models would differ from the database in {len(checked['differences'])} places, "
            f"such as: {checked['differences'][0]}. Leave the table out with --except."
        )
    shop.tidy(REVISIONS / f"{BASELINE}_baseline.py")
    shop.write(base, edits.with_revision_before(shop.read(base), BASELINE))
    return {**read, "revisions": checked["revisions"]}


def _base_of(shop: Workshop) -> Path:
    """Return the first revision of the project. Raises Refused where there is not one."""
    bases = [
        file.relative_to(shop.path)
        for file in sorted((shop.path / REVISIONS).glob("*.py"))
        if edits.is_base(file.read_text(encoding="utf-8"))
    ]
    if any(file.name.startswith(f"{BASELINE}_") for file in bases):
        raise Refused(
            f"The project has adopted a database before: remove {bases[0]} and its models to "
            "adopt another one, or all schemas at once."
        )
    if len(bases) != 1:
        raise Refused(f"The project has {len(bases)} first revisions: make it one.")
    return bases[0]


def _write_rules(shop: Workshop, given: dict[str, Any]) -> list[Path]:
    """Write what autogenerate has to know, and let Alembic's environment use it."""
    rules = rules_for(**given)
    if rules is None:
        return []
    shop.create(RULES, rules.text)
    if not rules.options:
        shop.write(ENVIRONMENT, edits.with_import(shop.read(ENVIRONMENT), "migrations.adopted"))
        return [RULES, ENVIRONMENT]
    options = edits.with_import(shop.read(OPTIONS), "migrations.adopted", "ADOPTED")
    shop.write(OPTIONS, edits.with_statement(options, "OPTIONS |= ADOPTED\n"))
    return [RULES, OPTIONS]


def _write_models(shop: Workshop, models: dict[str, str]) -> list[Path]:
    imports = shop.read(MODELS)
    written = [MODELS]
    for feature, text in models.items():
        folder = Path("app", feature)
        if any((shop.path / folder).glob("*.py")):
            raise Refused(f"app/{feature} exists already: choose another name.")
        shop.write(folder / "__init__.py", "")
        shop.write(folder / "models.py", text)
        written.append(folder / "models.py")
        imports = edits.with_import(imports, f"app.{feature}.models")
        if "Raw(" in text:
            shop.write(Path("app", "database", "raw.py"), RAW)
    shop.write(MODELS, imports)
    return written


RAW = '''\
"""A column type by its name in the database."""

from typing import Any

from sqlalchemy.types import UserDefinedType


class Raw(UserDefinedType[Any]):
    """A type that SQLAlchemy does not know; its values are what the driver makes of them."""

    cache_ok = True

    def __init__(self, name: str) -> None:
        self.name = name

    def get_col_spec(self, **_options: Any) -> str:
        return self.name
'''


def _stamp(project: Project, url: str, revisions: list[str], yes: bool) -> None:
    """Stamp the database with the baseline, if its owner agrees."""
    by_hand = f"uv run alembic stamp {BASELINE}"
    known = {file.name.partition("_")[0] for file in (project.path / REVISIONS).glob("*.py")}
    if known.intersection(revisions):
        click.echo("The database is at a revision of the project, and needs no stamp.")
        return
    if revisions:
        raise Refused(
            f"The models are written, but alembic_version is at {revisions[0]}, a revision of "
            f"another project: once that has retired, run `{by_hand} --purge` at this database."
        )
    if not yes and not sys.stdin.isatty():
        raise Refused(
            "The models are written, but nobody is here to be asked whether to stamp the "
            f"database: use --yes, or set APP_DATABASE_URL to it and run `{by_hand}`."
        )
    if not (yes or click.confirm(f"Write to the database that it is at {BASELINE}, the baseline?")):
        click.echo(f"Later, set APP_DATABASE_URL to the database and run `{by_hand}`.")
        return
    workshop.step(project, project.path, "stamp", url=url, revision=BASELINE)
    click.echo(
        "The database is stamped. Set APP_DATABASE_URL to it, and run `uv run alembic upgrade "
        "head`, which adds the project's own tables."
    )
