"""Columns as the attributes of a class, or in a Table."""

import re
from collections.abc import Iterator
from typing import Any

from sqlalchemy import (
    Column,
    Computed,
    Constraint,
    DefaultClause,
    Dialect,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    MetaData,
    UniqueConstraint,
)
from sqlalchemy.sql.elements import TextClause

from cookiecutter_fastapi_sqlalchemy.inside.adoption.types import same

# A colon that text() would take for the beginning of a parameter.
PARAMETER = re.compile(r"(?<![:\w\\])(?=:\w+(?!:))")
NEXT_VALUE = re.compile(r"nextval\('(?:.*\.)?\"?([^'\"]*)\"?'::regclass\)")
# What PostgreSQL sets for identities where nothing is said.
LARGEST = {"SMALLINT": 2**15 - 1, "INTEGER": 2**31 - 1, "BIGINT": 2**63 - 1}
NOTHING = ("None", "False", "[]", "{}", "()")
ACTIONS = ("ondelete", "onupdate", "deferrable", "initially", "match")


def sql(expression: Any) -> str:
    """Return SQL from the database as ``text()`` has to be told it."""
    return PARAMETER.sub(r"\\", getattr(expression, "text", None) or str(expression))


def has_default_name(item: Constraint | Index, convention: dict[str, Any]) -> bool:
    """Return whether a name follows the project's convention, or is missing."""
    if item.name is None:
        return True
    assert item.table is not None
    kind = {Index: "ix", UniqueConstraint: "uq", ForeignKeyConstraint: "fk"}.get(type(item), "pk")
    values = {
        "table_name": item.table.name,
        "column_0_N_name": "_".join(column.name for column in item.columns),  # type: ignore[union-attr]
    }
    if isinstance(item, ForeignKeyConstraint):
        values["referred_table_name"] = item.elements[0].target_tokens[1]
    try:
        return bool(item.name == convention[kind] % values)
    except KeyError:  # a convention of the user's own
        return False


def own_keys(column: Column[Any]) -> list[ForeignKeyConstraint]:
    """Return the foreign keys that consist of a column alone."""
    keys = [key for key in column.table.foreign_key_constraints if [*key.columns] == [column]]
    return sorted(keys, key=lambda key: str(key.name))


def only_key(column: Column[Any]) -> bool:
    """Return whether a column is the primary key by itself."""
    return [*column.table.primary_key.columns] == [column]


def generates_itself(column: Column[Any]) -> bool:
    """Return whether the database numbers the rows by this key, as a model's key implies."""
    if not (only_key(column) and isinstance(column.type, Integer)) or column.foreign_keys:
        return False
    default = column.server_default
    if isinstance(default, DefaultClause):
        found = NEXT_VALUE.fullmatch(sql(default.arg))
        return found is not None and found[1] == f"{column.table.name}_{column.name}_seq"
    return default is None and column.autoincrement is not False


def type_of_target(key: ForeignKeyConstraint, metadata: MetaData) -> Column[Any] | None:
    """Return the column that a foreign key of one column refers to, if it is adopted."""
    schema, name, column = key.elements[0].target_tokens
    table = metadata.tables.get(f"{schema}.{name}" if schema else name)
    return None if table is None or column is None else table.columns.get(column)


def has_type_of_target(column: Column[Any], dialect: Dialect) -> bool:
    """Return whether a column takes its type from its foreign keys."""
    targets = [type_of_target(key, column.table.metadata) for key in own_keys(column)]
    return bool(targets) and all(
        target is not None and target is not column and same(target.type, column.type, dialect)
        for target in targets
    )


def key_options(key: ForeignKeyConstraint) -> Iterator[str]:
    """Yield what a foreign key says beyond its columns."""
    for option in ACTIONS:
        if value := getattr(key, option, None):
            yield f"{option}={value!r}"
    if key.use_alter:
        yield "use_alter=True"


def default_of(column: Column[Any]) -> str | None:
    """Return how the database fills a column, as an argument; None where it does not."""
    default = column.server_default
    if isinstance(default, Computed):
        persisted = "" if default.persisted is None else f", persisted={default.persisted}"
        return f"Computed({sql(default.sqltext)!r}{persisted})"
    if isinstance(default, Identity):
        return f"Identity({', '.join(_identity_options(default, column))})"
    if isinstance(default, DefaultClause) and not generates_itself(column):
        text = sql(default.arg) if isinstance(default.arg, TextClause) else str(default.arg)
        return f"server_default=text({text!r})"
    return None


def _identity_options(identity: Identity, column: Column[Any]) -> Iterator[str]:
    usual = {
        "always": False,
        "start": 1,
        "increment": 1,
        "minvalue": 1,
        "maxvalue": LARGEST.get(str(column.type)),
        "cycle": False,
        "cache": 1,
    }
    for option, value in usual.items():
        found = getattr(identity, option, None)
        if found is not None and found != value:
            yield f"{option}={found!r}"


def marks(column: Column[Any], convention: dict[str, Any]) -> Iterator[str]:
    """Yield ``unique=True`` and ``index=True`` where the convention names them."""
    table = column.table
    uniques = [each for each in table.constraints if isinstance(each, UniqueConstraint)]
    if any(is_mark(each, column, convention) for each in uniques):
        yield "unique=True"
    if any(is_mark(each, column, convention) for each in table.indexes):
        yield "index=True"


def options_of(item: Constraint | Index) -> dict[str, Any]:
    """Return what the dialect says of a constraint or an index."""
    return {
        name: value
        for name, value in sorted(item.dialect_kwargs.items())
        if repr(value) not in NOTHING
    }


def is_mark(
    item: UniqueConstraint | Index, column: Column[Any] | None, convention: dict[str, Any]
) -> bool:
    """Return whether a constraint or index is a mark of its only column, or of this one."""
    expressions = item.expressions if isinstance(item, Index) else [*item.columns]
    if len(expressions) != 1 or not isinstance(expressions[0], Column) or options_of(item):
        return False
    if column is not None and expressions[0] is not column:
        return False
    plain = not (isinstance(item, Index) and item.unique)
    return plain and has_default_name(item, convention)
