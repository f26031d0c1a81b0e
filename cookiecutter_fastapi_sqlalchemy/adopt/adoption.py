"""An adoption in a copy of the project: its models, its routes, its rules, its baseline."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cookiecutter_fastapi_sqlalchemy.adopt import edits, modules
from cookiecutter_fastapi_sqlalchemy.adopt.routes import Routed, routed
from cookiecutter_fastapi_sqlalchemy.adopt.rules import rules_for
from cookiecutter_fastapi_sqlalchemy.adopt.workshop import Workshop
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


def rename(shop: Workshop, names: dict[str, str]) -> None:
    """Rename tables of the project, in its models and revisions."""
    if not names:
        return
    models = [*(shop.path / "app").glob("*/models.py")]
    for file in [*models, *(shop.path / REVISIONS).glob("*.py")]:
        name = file.relative_to(shop.path)
        shop.write(name, edits.with_tables_renamed(shop.read(name), names))


def adopt(
    shop: Workshop,
    url: str,
    schemas: Sequence[str],
    left_out: Sequence[str],
    features: dict[str, list[str]],
    into: str,
    routes: Sequence[str],
) -> dict[str, Any]:
    """Write everything into the copy; return what there is to tell."""
    base = _base_of(shop)
    read = shop.step(
        "read", url=url, schemas=schemas, left_out=left_out, features=features, rest=into
    )
    written = _write_models(shop, read["models"])
    written += _write_routes(shop, routed(routes, read["readable"]))
    written += _write_rules(shop, read["rules"])
    if read["warnings"]:
        shop.write(PYPROJECT, edits.with_ignored_warnings(shop.read(PYPROJECT), read["warnings"]))
    shop.create(CHECK, modules.CHECK_EMPTY)
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
            shop.write(Path("app", "database", "raw.py"), modules.RAW)
    shop.write(MODELS, imports)
    return written


def _write_routes(shop: Workshop, features: Sequence[Routed]) -> list[Path]:
    """Write the routes of features, and include them in the application."""
    written = []
    for feature in features:
        for name, text in feature.files(shop.project.is_async):
            shop.create(name, text)
            written.append(Path(name))
        shop.write(MAIN, add_to_main(shop.read(MAIN), feature.named))
        written.append(Path(MAIN))
    return written
