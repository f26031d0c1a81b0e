"""What autogenerate has to know of a schema that it did not make, as a file of the project."""

from collections.abc import Iterator, Mapping
from typing import Any

HEAD = '''\
"""What autogenerate has to know of the tables that were there before the service.

Each rule leaves out what is no difference, and nothing else: a table, column, index or
constraint that comes, goes or changes is still found.
"""

from typing import Any

from alembic.autogenerate import comparators
from alembic.autogenerate.api import AutogenContext
from alembic.operations import ops
from alembic.util import DispatchPriority, PriorityDispatchResult
from sqlalchemy import Column, Index, Table
'''

NAMES = '''
# The schemas of the service beside the default one, and tables that are not the service's.
SCHEMAS = {schemas}
LEFT_OUT = {left_out}


def include_name(name: str | None, kind: str, parents: Any) -> bool:
    """Return whether a schema or table of the database is the service's."""
    if kind == "schema":
        return name is None or name in SCHEMAS
    if kind == "table":
        return parents["schema_qualified_table_name"] not in LEFT_OUT
    return True
'''

OBJECTS = '''
def include_object(
    item: Any, name: str | None, kind: str, reflected: bool, other: Any
) -> bool:
    """Return whether an object of the models or the database is to be compared."""
{tests}
    return True
'''

PARTITIONS = """\
    # Partitions come and go with time, and belong to their table.
    if kind == "table" and reflected and other is None and is_partition(item):
        return False"""
IS_PARTITION = """

def is_partition(table: Table) -> bool:
    return bool(table.dialect_options["postgresql"]["inherits"])
"""

EXPRESSIONS = """\
    # Of an index of expressions, SQLAlchemy reads from MySQL no more than its name.
    if kind == "index" and other is not None and has_expressions(item):
        return False"""
HAS_EXPRESSIONS = """

def has_expressions(index: Index) -> bool:
    return not all(isinstance(each, Column) for each in index.expressions)
"""

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
    found = autogen.inspector.get_unique_constraints(added.table_name)
    return any(
        each["name"] is None and {*each["column_names"]} == {*added.columns}
        for each in found
    )
'''


def text_of(rules: Mapping[str, Any]) -> str | None:
    """Return the file with the rules that a schema needs; None where it needs none."""
    parts = [*_parts(rules)]
    return "\n".join([HEAD, *parts]) if parts else None


def _parts(rules: Mapping[str, Any]) -> Iterator[str]:
    facts = rules["facts"]
    options = []
    if rules["schemas"] or rules["left_out"]:
        options += ['"include_name": include_name']
        yield NAMES.format(schemas=_set(rules["schemas"]), left_out=_set(rules["left_out"]))
    if rules["schemas"]:
        options.append('"include_schemas": True')
    tests = []
    if facts.get("partitions"):
        tests.append(PARTITIONS)
        yield IS_PARTITION
    if facts.get("expression_indexes"):
        tests.append(EXPRESSIONS)
        yield HAS_EXPRESSIONS
    if tests:
        options.append('"include_object": include_object')
        yield OBJECTS.format(tests="\n".join(tests))
    if facts.get("nameless_uniques"):
        yield NAMELESS
    if options or facts.get("nameless_uniques"):
        yield f"\n# Arguments of context.configure.\nADOPTED: dict[str, Any] = {{{', '.join(options)}}}\n"


def _set(names: list[str]) -> str:
    return f"{{{', '.join(map(repr, names))}}}" if names else "set[str]()"
