"""A project's code, loaded in its own Python: its schema, and revisions from its models."""

import json
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from cookiecutter_fastapi_sqlalchemy.draft import Draft, last_line
from cookiecutter_fastapi_sqlalchemy.errors import Refused
from cookiecutter_fastapi_sqlalchemy.features.tables import Table

SCRIPT = Path(__file__).parent.parent / "inside" / "feature_session.py"


@dataclass(frozen=True)
class Facts:
    """What the project's own code says about its schema."""

    tables: Mapping[str, Table]
    heads: list[str]
    reserved: frozenset[str]


@dataclass(frozen=True)
class Session:
    """A process of the project's Python, in the folder of a draft."""

    process: "subprocess.Popen[str]"
    errors: IO[str]

    def facts(self) -> Facts:
        """Return what the project's code says. Raises Refused where it cannot be loaded."""
        answer = json.loads(self._answer())
        tables = {name: Table(name, **each) for name, each in answer["tables"].items()}
        return Facts(tables, answer["heads"], frozenset(answer["reserved"]))

    def write_revision(self, module: str, message: str, tables: list[str]) -> None:
        """Write the revision that makes tables of a new module into the draft."""
        wanted = {"module": module, "message": message, "tables": tables}
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(wanted) + "\n")
        self.process.stdin.flush()
        self._answer()

    def _answer(self) -> str:
        assert self.process.stdout is not None
        if answer := self.process.stdout.readline():
            return answer
        self.process.wait()
        self.errors.seek(0)
        reason = last_line(self.errors.read())
        raise Refused(f"The project's code cannot be loaded, so correct it: {reason}.")


@contextmanager
def loaded(draft: Draft) -> Iterator[Session]:
    """Load the code of a draft, for the time of the block."""
    project = draft.project
    with TemporaryFile("w+", encoding="utf-8") as errors:
        process = project.start_python(
            SCRIPT, project.database, project.path, folder=draft.folder, errors=errors
        )
        try:
            yield Session(process, errors)
        finally:
            process.kill()
            process.communicate()
