"""Let Squawk read the SQL of revisions, for what blocks or breaks running services.

``python -m migrations.squawk FILE…`` takes the files of the revisions, writes their SQL as
``alembic upgrade --sql`` does, and exits with 1 where Squawk warns. A revision accepts a
warning by a comment that begins its line: ``# squawk-ignore-file ban-drop-column``.
"""

import io
import re
import shutil
import subprocess
import sys
import sysconfig
from contextlib import redirect_stdout
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import Script, ScriptDirectory

PYPROJECT = Path(__file__).parents[1] / "pyproject.toml"
EXCLUDED = (
    # migration_lock.py limits how long a migration waits for a lock.
    *("require-lock-timeout", "require-statement-timeout"),
    # The models choose types.
    *("prefer-bigint-over-int", "prefer-identity", "prefer-text-field"),
)
ACCEPTED = re.compile(r"^# (squawk-ignore-file .+)$", re.MULTILINE)


def main() -> None:
    """Read the revisions of the named files. Exits with 1 where Squawk warns of one."""
    config = Config(toml_file=PYPROJECT)
    named = {Path(name).resolve() for name in sys.argv[1:]}
    every = ScriptDirectory.from_config(config).walk_revisions()
    # A merge of two revisions has no SQL of its own.
    revisions = [
        each for each in every if Path(each.path) in named and not each.is_merge_point
    ]
    warned = [each for each in reversed(revisions) if not _passes(each, config)]
    sys.exit(1 if warned else 0)


def _passes(revision: Script, config: Config) -> bool:
    squawk = shutil.which("squawk", path=sysconfig.get_path("scripts"))
    if squawk is None:
        sys.exit("Squawk is not installed: install the development dependencies.")
    excluded = f"--exclude={','.join(EXCLUDED)}"
    done = subprocess.run(
        [squawk, excluded, f"--stdin-filepath={revision.path}"],
        input=_sql_of(revision, config),
        check=False,
        encoding="utf-8",
    )
    return done.returncode == 0


def _sql_of(revision: Script, config: Config) -> str:
    """Return the SQL of one revision, after what it accepts."""
    source = Path(revision.path).read_text(encoding="utf-8")
    accepted = [f"-- {directive}\n" for directive in ACCEPTED.findall(source)]
    before = revision.down_revision or "base"
    with redirect_stdout(io.StringIO()) as sql:
        command.upgrade(config, f"{before}:{revision.revision}", sql=True)
    return "".join(accepted) + sql.getvalue()


if __name__ == "__main__":
    main()
