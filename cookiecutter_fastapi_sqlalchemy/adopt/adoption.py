"""An adoption in a copy of the project: its models, its routes, its rules, its baseline."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cookiecutter_fastapi_sqlalchemy.adopt import edits, modules
from cookiecutter_fastapi_sqlalchemy.adopt.routes import Routed, routed
from cookiecutter_fastapi_sqlalchemy.adopt.rules import rules_for
from cookiecutter_fastapi_sqlalchemy.adopt.steps import run_step
from cookiecutter_fastapi_sqlalchemy.draft import Draft
from cookiecutter_fastapi_sqlalchemy.errors import Refused
from cookiecutter_fastapi_sqlalchemy.features.edits import MAIN, add_to_main

BASELINE = "0000"
REVISIONS = Path("migrations", "versions")
MODELS = Path("app", "models.py")
ENVIRONMENT = Path("migrations", "env.py")
OPTIONS = Path("migrations", "revisions.py")
RULES = Path("migrations", "adopted.py")
CHECK = Path("migrations", "baseline.py")
PYPROJECT = Path("pyproject.toml")


def rename(draft: Draft, names: dict[str, str]) -> None:
    """Rename tables of the project, in its models and revisions."""
    if not names:
        return
    models = [*(draft.folder / "app").glob("*/models.py")]
    for file in [*models, *(draft.folder / REVISIONS).glob("*.py")]:
        name = file.relative_to(draft.folder)
        draft.write(name, edits.with_tables_renamed(draft.read(name), names))


def adopt(
    draft: Draft,
    url: str,
    schemas: Sequence[str],
    left_out: Sequence[str],
    features: dict[str, list[str]],
    into: str,
    routes: Sequence[str],
) -> dict[str, Any]:
    """Write everything into the copy; return what there is to tell."""
    base = _base_of(draft)
    read = run_step(
        draft.project,
        draft.folder,
        "read",
        url=url,
        schemas=schemas,
        left_out=left_out,
        features=features,
        rest=into,
    )
    written = _write_models(draft, read["models"])
    written += _write_routes(draft, routed(routes, read["readable"]))
    written += _write_rules(draft, read["rules"])
    if read["warnings"]:
        draft.write(PYPROJECT, edits.with_ignored_warnings(draft.read(PYPROJECT), read["warnings"]))
    draft.create(CHECK, modules.CHECK_EMPTY)
    _tidy(draft, *written)
    checked = run_step(
        draft.project,
        draft.folder,
        "write",
        url=url,
        revision=BASELINE,
        statements=read["statements"],
        own=read["own"],
    )
    if checked["differences"]:
        raise Refused(
            f"The models would differ from the database in {len(checked['differences'])} places, "
            f"such as: {checked['differences'][0]}. Leave the table out with --except."
        )
    _tidy(draft, REVISIONS / f"{BASELINE}_baseline.py")
    draft.write(base, edits.with_revision_before(draft.read(base), BASELINE))
    return {**read, "revisions": checked["revisions"]}


def _base_of(draft: Draft) -> Path:
    """Return the first revision of the project. Raises Refused where there is not one."""
    bases = [
        file.relative_to(draft.folder)
        for file in sorted((draft.folder / REVISIONS).glob("*.py"))
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


def _write_rules(draft: Draft, given: dict[str, Any]) -> list[Path]:
    """Write what autogenerate has to know, and let Alembic's environment use it."""
    rules = rules_for(**given)
    if rules is None:
        return []
    draft.create(RULES, rules.text)
    if not rules.options:
        draft.write(ENVIRONMENT, edits.with_import(draft.read(ENVIRONMENT), "migrations.adopted"))
        return [RULES, ENVIRONMENT]
    options = edits.with_import(draft.read(OPTIONS), "migrations.adopted", "ADOPTED")
    draft.write(OPTIONS, edits.with_statement(options, "OPTIONS |= ADOPTED\n"))
    return [RULES, OPTIONS]


def _write_models(draft: Draft, models: dict[str, str]) -> list[Path]:
    imports = draft.read(MODELS)
    written = [MODELS]
    for feature, text in models.items():
        folder = Path("app", feature)
        if any((draft.folder / folder).glob("*.py")):
            raise Refused(f"app/{feature} exists already: choose another name.")
        draft.write(folder / "__init__.py", "")
        draft.write(folder / "models.py", text)
        written.append(folder / "models.py")
        imports = edits.with_import(imports, f"app.{feature}.models")
        if "Raw(" in text:
            draft.write(Path("app", "database", "raw.py"), modules.RAW)
    draft.write(MODELS, imports)
    return written


def _write_routes(draft: Draft, features: Sequence[Routed]) -> list[Path]:
    """Write the routes of features, and include them in the application."""
    written = []
    for feature in features:
        for name, text in feature.files(draft.project.is_async):
            draft.create(name, text)
            written.append(Path(name))
        draft.write(MAIN, add_to_main(draft.read(MAIN), feature.named))
        written.append(Path(MAIN))
    return written


def _tidy(draft: Draft, *names: Path) -> None:
    """Format what was written, and exempt the lines that a rule of the linter refuses."""
    draft.tidy(*names)
    draft.ruff("check", "--add-noqa", *names)
