"""Draws the tables as ``docs/schema.md``: ``python -m migrations.diagram``.

Alembic runs it with each new revision (``post_write_hooks`` in ``pyproject.toml``).
https://mermaid.js.org/syntax/entityRelationshipDiagram.html
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Column,
    Enum,
    ForeignKeyConstraint,
    Index,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
)
from sqlalchemy.dialects import registry

from app.models import metadata

PAGE = Path(__file__).parent.parent / "docs" / "schema.md"
TEXT = """\
# Schema

The tables of `app/models.py`. Alembic draws them anew with each revision, and so does
`uv run python -m migrations.diagram`.

```mermaid
erDiagram
{lines}
```
"""
DIALECT = registry.load("{{ cookiecutter.database }}")()


def draw(metadata: MetaData) -> str:
    """Return the text of the page."""
    tables = sorted(metadata.tables.values(), key=lambda table: table.fullname)
    lines = [line for table in tables for line in _table(table)]
    lines += [line for table in tables for line in _references(table)]
    return TEXT.format(lines="\n".join(f"    {line}" for line in lines))


def _table(table: Table) -> Iterator[str]:
    yield _quoted(table.fullname) + " {"
    for column in table.columns:
        kind = _word(column.type.compile(DIALECT))
        notes = _quoted("; ".join(_notes(column)))
        parts = [kind, _word(column.name), ", ".join(_keys(column)), notes]
        yield "    " + " ".join(filter(None, parts))
    yield "}"


def _keys(column: Column[Any]) -> Iterator[str]:
    if column.primary_key:
        yield "PK"
    if column.foreign_keys:
        yield "FK"
    if {column.name} in _unique(column.table) and not column.primary_key:
        yield "UK"


def _notes(column: Column[Any]) -> Iterator[str]:
    if _word(column.name) != column.name:
        yield column.name
    if isinstance(column.type, Enum):
        yield ", ".join(column.type.enums)
    if column.nullable:
        yield "may be null"


def _references(table: Table) -> Iterator[str]:
    """Yield a line for each foreign key: how many rows there may be at either end."""
    constraints = table.foreign_key_constraints
    for key in sorted(constraints, key=lambda key: ",".join(key.column_keys)):
        names = _quoted(", ".join(key.column_keys))
        ends = _quoted(key.referred_table.fullname), _quoted(table.fullname)
        yield f"{ends[0]} {_parents(key)}--{_children(key)} {ends[1]} : {names}"


def _parents(key: ForeignKeyConstraint) -> str:
    return "|o" if any(column.nullable for column in key.columns) else "||"


def _children(key: ForeignKeyConstraint) -> str:
    columns = {column.name for column in key.columns}
    return "o|" if any(each <= columns for each in _unique(key.table)) else "o{"


def _unique(table: Table) -> list[set[str]]:
    """Return the sets of columns of which no two rows have the same values."""
    return [
        {column.name for column in each.columns}
        for each in (*table.constraints, *table.indexes)
        if isinstance(each, PrimaryKeyConstraint | UniqueConstraint)
        or (isinstance(each, Index) and _is_unique(each))
    ]


def _is_unique(index: Index) -> bool:
    """Return whether an index is unique by its columns alone, in all rows."""
    plain = all(isinstance(each, Column) for each in index.expressions)
    return index.unique and plain and not index.dialect_kwargs


def _word(text: str) -> str:
    """Return a type or a name as one word of Mermaid's, which begins with a letter."""
    word = re.sub(r"[^\w()\[\]-]+", "_", text).strip("_")
    is_word = word[:1].isalpha() and word.lower() not in ("pk", "fk", "uk")
    return word if is_word else f"_{word}"


def _quoted(text: str) -> str:
    """Return a text in quotes, or nothing where there is none."""
    plain = re.sub(r'["%\\\s]+', " ", text)
    return f'"{plain}"' if plain else ""


if __name__ == "__main__":
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(draw(metadata), encoding="utf-8", newline="\n")
