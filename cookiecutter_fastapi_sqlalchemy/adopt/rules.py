"""What autogenerate has to know of a schema that it did not make, as a file of the project."""

from collections.abc import Mapping
from dataclasses import dataclass, field

HEAD = '''\
"""What autogenerate has to know of the tables that were there before the service.

Each rule leaves out what is no difference, and nothing else: a table, column, index or
constraint that comes, goes or changes is still found.
"""
'''

SCHEMAS = """
# The schemas of the service beside the default one.
SCHEMAS = {names}
"""
LEFT_OUT = """
# Tables that are not the service's.
LEFT_OUT = {names}
"""
INCLUDE_NAME = '''

def include_name(name: str | None, kind: str, parents: Any) -> bool:
    """Return whether something in the database may be the service's, by its name."""
{tests}
    return True
'''
TEST_OF_SCHEMA = """\
    if kind == "schema":
        return name is None or name in SCHEMAS"""
TEST_OF_TABLE = """\
    if kind == "table":
        return parents["schema_qualified_table_name"] not in LEFT_OUT"""

PARTITIONS = '''

def include_object(
    item: Any, name: str | None, kind: str, reflected: bool, other: Any
) -> bool:
    """Return whether something is to be compared: all but partitions.

    They come and go with time, and belong to their table.
    """
    is_unknown = kind == "table" and reflected and other is None
    return not (is_unknown and item.dialect_options["postgresql"]["inherits"])
'''

EXPRESSIONS = '''

def include_object(
    item: Any, name: str | None, kind: str, reflected: bool, other: Any
) -> bool:
    """Return whether something is to be compared: all but indexes of expressions.

    SQLAlchemy reads no more than their names from MySQL, by which they are still found
    where they are missing or unknown.
    """
    is_known = kind == "index" and other is not None
    return not (is_known and has_expressions(item))


def has_expressions(index: Index) -> bool:
    return not all(isinstance(each, Column) for each in index.expressions)
'''

OBJECT_RULES = {
    "partitions": ("", PARTITIONS),
    "expression_indexes": ("from sqlalchemy import Column, Index", EXPRESSIONS),
}

IMPORTS_OF_NAMELESS = """\
from alembic.autogenerate import comparators
from alembic.autogenerate.api import AutogenContext
from alembic.operations import ops
from alembic.util import DispatchPriority, PriorityDispatchResult"""
NAMELESS = '''

@comparators.dispatch_for("schema", priority=DispatchPriority.LAST)
def keep_nameless_constraints(
    autogen: AutogenContext, upgrade_ops: ops.UpgradeOps, _schemas: set[str | None]
) -> PriorityDispatchResult:
    """Remove what would add a UNIQUE constraint that is there without a name.

    SQLite need not name constraints, and ours have names in the models.
    """
    for modified in upgrade_ops.ops:
        if isinstance(modified, ops.ModifyTableOps):
            modified.ops = [
                change
                for change in modified.ops
                if not (
                    isinstance(change, ops.CreateUniqueConstraintOp)
                    and is_nameless(autogen, change)
                )
            ]
    upgrade_ops.ops = [
        each
        for each in upgrade_ops.ops
        if not isinstance(each, ops.ModifyTableOps) or each.ops
    ]
    return PriorityDispatchResult.CONTINUE


def is_nameless(autogen: AutogenContext, added: ops.CreateUniqueConstraintOp) -> bool:
    found = autogen.inspector.get_indexes(
        added.table_name, include_auto_indexes=True
    )
    return any(
        str(each["name"]).startswith("sqlite_autoindex")
        and {*each["column_names"]} == {*added.columns}
        for each in found
    )
'''


@dataclass
class Rules:
    """The text of the rules, and what it takes to have Alembic follow them."""

    imports: list[str] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
    options: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        options = ", ".join(self.options)
        parts = [HEAD, *self.imports, *self.parts]
        if options:
            parts.append(
                f"\n# Arguments of context.configure.\nADOPTED: dict[str, Any] = {{{options}}}\n"
            )
        return "\n".join(parts)


def rules_for(schemas: list[str], left_out: list[str], facts: Mapping[str, bool]) -> Rules | None:
    """Return the rules that a schema needs; None where it needs none."""
    rules = Rules()
    if schemas or left_out:
        _add_names(rules, schemas, left_out)
    for fact, (imports, function) in OBJECT_RULES.items():
        if facts.get(fact):
            rules.imports.append(imports)
            rules.parts.append(function)
            rules.options.append('"include_object": include_object')
    if rules.options:
        rules.imports.append("from typing import Any")
    if facts.get("nameless_uniques"):
        rules.imports.append(IMPORTS_OF_NAMELESS)
        rules.parts.append(NAMELESS)
    return rules if rules.parts else None


def _add_names(rules: Rules, schemas: list[str], left_out: list[str]) -> None:
    tests = []
    if schemas:
        rules.parts.append(SCHEMAS.format(names=set(schemas)))
        rules.options.append('"include_schemas": True')
        tests.append(TEST_OF_SCHEMA)
    if left_out:
        rules.parts.append(LEFT_OUT.format(names=set(left_out)))
        tests.append(TEST_OF_TABLE)
    rules.parts.append(INCLUDE_NAME.format(tests="\n".join(tests)))
    rules.options.append('"include_name": include_name')
