"""Say what the schema of a project has, and write the revision of a feature.

Run by the project's Python in the folder of its code. It prints a line of JSON: the
tables, the heads of the revisions, the words that the database reserves. Then it reads one,
with the module of the new models, their tables and the message, and prints the path of the
revision. All that the project's modules print goes to the standard error.
"""

import json
import os
import sys
from contextlib import redirect_stdout
from importlib import import_module
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path.cwd()))

from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Integer, Table
from sqlalchemy.dialects import registry
from sqlalchemy.orm import configure_mappers
from write_revision import write_revision  # type: ignore[import-not-found]


def main() -> None:
    database, project = sys.argv[1:]
    # For what the models import beside the application, here and in hooks of Alembic's.
    sys.path.append(project)
    os.environ["PYTHONPATH"] = project
    answers = sys.stdout
    with redirect_stdout(sys.stderr):
        print(json.dumps(_facts(database)), file=answers, flush=True)
        if wanted := sys.stdin.readline():
            print(_make_revision(**json.loads(wanted)), file=answers, flush=True)


def _facts(database: str) -> dict[str, Any]:
    from app.database.base import Base
    from app.models import metadata

    models = {str(mapper.local_table): mapper.class_ for mapper in Base.registry.mappers}
    tables = {key: _described(table, models.get(key)) for key, table in metadata.tables.items()}
    scripts = ScriptDirectory.from_config(Config(toml_file="pyproject.toml"))
    preparer = registry.load(database).preparer
    return {
        "tables": tables,
        "heads": scripts.get_heads(),
        "reserved": sorted(preparer.reserved_words),
    }


def _described(table: Table, model: type | None) -> dict[str, Any]:
    keys = [*table.primary_key]
    has_id = len(keys) == 1 and keys[0].name == "id" and isinstance(keys[0].type, Integer)
    if model is None:
        return {"module": "", "model": "", "has_id": has_id}
    return {"module": model.__module__, "model": model.__name__, "has_id": has_id}


def _make_revision(module: str, message: str, tables: list[str]) -> str:
    import_module(module)
    configure_mappers()
    return str(Path(write_revision(message, tables)).resolve())


if __name__ == "__main__":
    main()
