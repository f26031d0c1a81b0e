"""The command ``update``: merge a later version of the template into the project."""

import re
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from cookiecutter_fastapi_sqlalchemy.errors import Refused
from cookiecutter_fastapi_sqlalchemy.git import run_git
from cookiecutter_fastapi_sqlalchemy.project import RECORD, Project
from cookiecutter_fastapi_sqlalchemy.template import cloned
from cookiecutter_fastapi_sqlalchemy.update.merge import Merged, Update
from cookiecutter_fastapi_sqlalchemy.update.repository import Repository
from cookiecutter_fastapi_sqlalchemy.update.step import Step, render

REMEDY = "name a complete clone that has it with --template"
# What a module has that declares a part of the schema.
DECLARES_SCHEMA = re.compile(r"\b(Mapped\[|mapped_column\(|TypeDecorator\b|MetaData\()")
DEPENDENCIES = "pyproject.toml"


@click.command("update", short_help="Merge a later version of the template into the project.")
@click.option("--to", "target", metavar="VERSION", help="A tag, branch or commit of the template.")
@click.option("--template", metavar="PLACE", help="Where the template is: a clone's path, a URL.")
@click.option(
    "--answer",
    "given",
    multiple=True,
    metavar="NAME=VALUE",
    help="An answer to what the version asks for, or another than before; may be repeated.",
)
@click.option("--no-input", is_flag=True, help="Ask nothing, and take the defaults.")
@click.option("--dry-run", is_flag=True, help="Show the changes as a diff, and make none.")
def command(
    target: str | None, template: str | None, given: tuple[str, ...], no_input: bool, dry_run: bool
) -> None:
    """Merge a later version of the template into the project, on a branch of its own.

    The version is the newest release by default or, where nothing is tagged, the default
    branch. Both the old version and this one are rendered from the answers in .cruft.json,
    and what differs is merged with git, as one commit. Your files, your changes and your
    revisions of the schema stay; there is a conflict where you and the template changed the
    same lines.
    """
    project = Project.find()
    answers = parsed(given)
    repository = repository_of(project)
    place = template or project.template
    with cloned(place, REMEDY) as source, TemporaryDirectory() as folder:
        step = Step.of(project, source, target, changes_answers=bool(answers))
        if not dry_run:
            repository.check_unused(step.branch)
        old, new = render(step, project, source, answers, Path(folder).resolve(), not no_input)
        base = repository.commit(old, f"The template, {step.names[0]}")
        commit = repository.commit(new, step.message, base)
    repository.check_change(base, commit)
    repository.check_room_for(base, commit)
    update = Update(repository, base, commit)
    with update.tried() as merged:
        if dry_run:
            click.echo(merged.diff())
            click.echo("\n".join(conflicts_of(merged)), err=True)
            return
        lines = [*whats_done(step, merged), *whats_next(repository, step, merged)]
        if not merged.conflicts:
            update.commit_to(step.branch, merged, step.message)
    if merged.conflicts:
        update.begin_on(step.branch)
    click.echo("\n".join(lines))
    if merged.conflicts:
        raise SystemExit(1)


def parsed(given: tuple[str, ...]) -> dict[str, str]:
    """Return the answers that are given as NAME=VALUE. Raises Refused for other forms."""
    for each in given:
        if "=" not in each:
            raise Refused(f"--answer {each} has no value: write it as NAME=VALUE.")
    return dict(each.split("=", 1) for each in given)


def repository_of(project: Project) -> Repository:
    """Return the repository of a project that can be updated. Raises Refused."""
    if not project.commit:
        raise Refused(
            f"{RECORD} names no commit of the template, because it was not generated from a git "
            "repository: write the commit that the project is nearest to into the file."
        )
    if (project.path / "bootstrap" / "first_migration.py").exists():
        raise Refused("The project is not finished: run `python3 -m bootstrap` in it first.")
    repository = Repository.of(project.path)
    if run_git(project.path, "ls-files", "--error-unmatch", RECORD).returncode:
        raise Refused(f"{RECORD} is not committed: run `git add --force {RECORD}` and commit it.")
    return repository


def whats_done(step: Step, merged: Merged) -> Iterator[str]:
    """Yield lines that say what the update is, and what it could not take."""
    yield f"{step.title}, on the branch {step.branch}."
    yield from (
        f"  left out, because you deleted it or its folder: {path}" for path in merged.left_out
    )
    yield from conflicts_of(merged)


def conflicts_of(merged: Merged) -> list[str]:
    """Return lines that name the files with conflicts."""
    if not merged.conflicts:
        return []
    return [
        "There are conflicts, because you and the template both changed:",
        *(f"  {path}" for path in merged.conflicts),
    ]


def whats_next(repository: Repository, step: Step, merged: Merged) -> Iterator[str]:
    """Yield lines that say what is left to do; what the models need is the last of them."""
    back = f"git switch {repository.branch}"
    if merged.conflicts:
        yield "Resolve them, `git add` them, and run: git cherry-pick --continue"
        yield f"Or abort it: git cherry-pick --abort && {back} && git branch -D {step.branch}"
    yield f"Test it, and merge it: {back} && git merge {step.branch}"
    changed = merged.changed()
    if f"{repository.folder}{DEPENDENCIES}" in changed:
        yield "Bring the environment and uv.lock up to it: uv sync"
    code = [path for path in changed if path.startswith(f"{repository.folder}app/")]
    models = [path for path in code if any(map(DECLARES_SCHEMA.search, merged.texts_of(path)))]
    if models:
        yield f"Models changed, so let Alembic write their migration ({', '.join(models)}):"
        yield '  uv run alembic revision --autogenerate --message "follow the template"'
