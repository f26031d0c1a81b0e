"""What a table has beside its columns: keys, constraints, indexes, a schema, a comment."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Column,
    Dialect,
    ForeignKeyConstraint,
    Index,
    Table,
    UniqueConstraint,
)

from cookiecutter_fastapi_sqlalchemy.inside.adoption.columns import (
    has_default_name,
    is_mark,
    key_options,
    sql,
)
from cookiecutter_fastapi_sqlalchemy.inside.adoption.columns import (
    options_of as dialect_options,
)
from cookiecutter_fastapi_sqlalchemy.inside.adoption.live import target_of
from cookiecutter_fastapi_sqlalchemy.inside.adoption.naming import free, snake_case


def arguments_of(table: Table, convention: dict[str, Any], dialect: Dialect) -> list[str]:
    """Return the constraints and indexes that no column has, as arguments of the table."""
    key = table.primary_key
    parts = []
    if key.columns and not has_default_name(key, convention):
        parts.append(f"PrimaryKeyConstraint({_listed(key.columns)}, name={key.name!r})")
    keys = [key for key in table.foreign_key_constraints if len(key.columns) > 1]
    parts += [_composite_key(each, convention) for each in _by_name(keys)]
    uniques = [each for each in table.constraints if isinstance(each, UniqueConstraint)]
    parts += [
        _unique(each, convention)
        for each in _by_name(uniques)
        if not is_mark(each, None, convention)
    ]
    checks = [each for each in table.constraints if isinstance(each, CheckConstraint)]
    parts += _checks(table, _by_name(checks), convention)
    parts += [
        _index(each, dialect)
        for each in _by_name([*table.indexes])
        if not is_mark(each, None, convention)
    ]
    return parts


def options_of(table: Table) -> dict[str, str]:
    """Return the keyword arguments of a table."""
    options = {"schema": table.schema, "comment": table.comment}
    return {name: repr(value) for name, value in options.items() if value}


def inline_key(key: ForeignKeyConstraint, convention: dict[str, Any]) -> str:
    """Return a foreign key of one column as an argument of the column."""
    target = f"{target_of(key)}.{key.elements[0].target_tokens[2]}"
    return _call("ForeignKey", [repr(target)], key_options(key), _name(key, convention))


def _composite_key(key: ForeignKeyConstraint, convention: dict[str, Any]) -> str:
    columns = [element.parent.name for element in key.elements]
    targets = [f"{target_of(key)}.{element.target_tokens[2]}" for element in key.elements]
    sides = [repr(columns), repr(targets)]
    return _call("ForeignKeyConstraint", sides, key_options(key), _name(key, convention))


def _unique(unique: UniqueConstraint, convention: dict[str, Any]) -> str:
    columns = [_listed(unique.columns)]
    options = [f"{name}={value!r}" for name, value in dialect_options(unique).items()]
    return _call("UniqueConstraint", columns, options, _name(unique, convention))


def _checks(
    table: Table, checks: list[CheckConstraint], convention: dict[str, Any]
) -> Iterator[str]:
    """Yield the CHECK constraints; SQLite need not name them, and the convention must."""
    begin = convention.get("ck", "").partition("%(constraint_name)s")[0] % {
        "table_name": table.name
    }
    taken: set[str] = set()
    for check in checks:
        text = sql(check.sqltext)
        name = repr(str(check.name).removeprefix(begin))
        if check.name is None:
            found = free(_subject(table, text), taken)
            taken.add(found)
            name = repr(found)
        elif not (begin and str(check.name).startswith(begin)):
            name = f"conv({str(check.name)!r})"
        yield f"CheckConstraint({text!r}, {name})"


def _subject(table: Table, text: str) -> str:
    named = [column.name for column in table.columns if column.name in text]
    return snake_case(max(named, key=len)) if named else "row"


def _index(index: Index, dialect: Dialect) -> str:
    elements = [
        repr(element.name)
        if isinstance(element, Column)
        else f"text({_compiled(element, dialect)!r})"
        for element in index.expressions
    ]
    options = ["unique=True"] if index.unique else []
    for name, value in dialect_options(index).items():
        text = f"text({sql(value)!r})" if name.endswith("_where") else repr(value)
        options.append(f"{name}={text}")
    return _call("Index", [repr(index.name), *elements], options, [])


def _compiled(element: Any, dialect: Dialect) -> str:
    if hasattr(element, "text"):
        return sql(element)
    options = {"literal_binds": True, "include_table": False}
    return sql(str(element.compile(dialect=dialect, compile_kwargs=options)))


def _name(item: Any, convention: dict[str, Any]) -> list[str]:
    return [] if has_default_name(item, convention) else [f"name={item.name!r}"]


def _listed(columns: Any) -> str:
    return ", ".join(repr(column.name) for column in columns)


def _call(name: str, *arguments: Any) -> str:
    return f"{name}({', '.join(each for group in arguments for each in group)})"


def _by_name(items: list[Any]) -> list[Any]:
    return sorted(items, key=lambda item: (str(item.name or ""), _order(item)))


def _order(item: Any) -> str:
    return str(getattr(item, "sqltext", "")) or ",".join(column.name for column in item.columns)
