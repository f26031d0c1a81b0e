"""What autogenerate finds between the models and the live database."""

from collections.abc import Collection
from importlib import import_module
from pathlib import Path
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from app.models import metadata
from sqlalchemy import Connection

# Modules of the project that register comparisons.
COMPARISONS = ("enum_changes", "adopted")


def differences(connection: Connection, own: Collection[str]) -> list[str]:
    """Return the differences, but for the tables that a later revision makes."""
    for name in COMPARISONS:
        if Path("migrations", f"{name}.py").exists():
            import_module(f"migrations.{name}")
    given_options: dict[str, Any] = import_module("migrations.revisions").OPTIONS
    given = given_options.get("include_object")

    def include(item: Any, name: str, kind: str, reflected: bool, other: Any) -> bool:
        if kind == "table" and item.key in own:
            return False
        return given is None or bool(given(item, name, kind, reflected, other))

    options = {**given_options, "include_object": include}
    options.pop("process_revision_directives", None)
    context = MigrationContext.configure(connection, opts=options)
    return [_sentence(each) for each in compare_metadata(context, metadata)]


def _sentence(difference: Any) -> str:
    found = difference[0] if isinstance(difference, list) else difference
    return " ".join(str(part) for part in found)
