"""The baseline: a revision that makes the schema as it was, for databases that lack it."""

import io
from collections.abc import Sequence
from contextlib import redirect_stdout
from typing import Any

from alembic import command
from alembic.autogenerate import renderers
from alembic.autogenerate.api import AutogenContext
from alembic.config import Config
from alembic.operations import ops

from cookiecutter_fastapi_sqlalchemy.inside.adoption.columns import PARAMETER
from cookiecutter_fastapi_sqlalchemy.inside.adoption.statements import Statement


class Sql(str):
    """SQL that is written in a revision as it would be in a file."""

    __slots__ = ()

    def __repr__(self) -> str:
        if "\n" not in self or "\\" in self or '"""' in self or self.endswith('"'):
            return super().__repr__()
        return f'"""{self}"""'


class CheckEmpty(ops.MigrateOperation):
    """A check, before tables are dropped, that they have no rows."""

    def __init__(self, tables: Sequence[str]) -> None:
        self.tables = tables


@renderers.dispatch_for(CheckEmpty)
def _render(autogen: AutogenContext, check: CheckEmpty) -> str:
    autogen.imports.add("from migrations.baseline import check_empty")
    return f"check_empty({', '.join(map(repr, check.tables))})"


def write_baseline(revision: str, statements: Sequence[Statement], tables: Sequence[str]) -> None:
    """Write the revision, which has none before it and makes the tables."""

    def fill(_context: Any, _revision: Any, directives: list[Any]) -> None:
        makes = [each.make for each in statements]
        undoes = [each.undo for each in reversed(statements) if each.undo]
        directives[0].upgrade_ops = ops.UpgradeOps([_execute(each) for each in makes])
        directives[0].downgrade_ops = ops.DowngradeOps(
            [CheckEmpty(tables), *(_execute(each) for each in undoes)]
        )

    config = Config(toml_file="pyproject.toml", stdout=io.StringIO())
    config.set_main_option("revision_environment", "true")
    with redirect_stdout(io.StringIO()):
        command.revision(
            config,
            message="baseline",
            rev_id=revision,
            head="base",
            splice=True,
            sql=True,
            process_revision_directives=fill,
        )


def _execute(statement: str) -> Any:
    return ops.ExecuteSQLOp(Sql(PARAMETER.sub(r"\\", statement)))
