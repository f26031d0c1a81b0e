"""``adopt``: models and a baseline for a database that was there before."""

import sys
from collections.abc import Sequence

import click

from cookiecutter_fastapi_sqlalchemy.adopt.adoption import BASELINE, REVISIONS, adopt, rename
from cookiecutter_fastapi_sqlalchemy.adopt.steps import run_step
from cookiecutter_fastapi_sqlalchemy.draft import drafted
from cookiecutter_fastapi_sqlalchemy.errors import Refused
from cookiecutter_fastapi_sqlalchemy.project import Project


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
@click.option(
    "--routes",
    multiple=True,
    metavar="TABLE",
    help="A table to read over HTTP, or all that have a key of one integer; may be repeated.",
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
    routes: tuple[str, ...],
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
    with drafted(project) as draft:
        rename(draft, _pairs(renamed, "--rename"))
        groups = {name: tables.split(",") for name, tables in _pairs(features, "--feature").items()}
        found = adopt(draft, url, schemas, left_out, groups, into, routes)
        changes = draft.changes()
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
    run_step(project, project.path, "stamp", url=url, revision=BASELINE)
    click.echo(
        "The database is stamped. Set APP_DATABASE_URL to it, and run `uv run alembic upgrade "
        "head`, which adds the project's own tables."
    )
