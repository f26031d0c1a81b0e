"""Several processes migrate concurrently, as containers do; one migration fails half-way."""

import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.combinations import COMBINATIONS, CONTEXT, Combination, in_turn, one_per_database
from tests.figures import Figures
from tests.installed import Installed, install
from tests.reliability.load import eventually
from tests.reliability.scripting import run_script

# One combination for each mode of each database.
SERVICES = [
    each
    for each in COMBINATIONS
    if each.driver == CONTEXT["_databases"][each.database]["drivers"][each.concurrency][0]
    and (each.data_access, each.sample) == ("dao", "shop")
]

UPGRADE = "alembic upgrade head"
PROCESSES = 4
TIMEOUT = 30  # seconds for waits without a limit of their own

FIRST = 'op.add_column("users", sa.Column("nickname", sa.String(50)))'
WRONG = 'op.add_column("no_such_table", sa.Column("city", sa.String(50)))'
RIGHT = 'op.add_column("users", sa.Column("city", sa.String(50)))'
# On SQLite, the installation of a project creates its database, so that the test needs
# another file. On servers, the fixture's URL replaces this one.
NEW_FILE = {"APP_DATABASE_URL": "sqlite:///new.db"}

EMPTY = "def upgrade() -> None:\n    pass\n"
IMPORTS = """\
import sqlalchemy as sa
from alembic import op


def upgrade() -> None:
"""
UNDO_FIRST = "ALTER TABLE users DROP COLUMN nickname"

# Commits its first step, and then halts if HALTED names a file, which it creates.
AUTOCOMMIT = """\
import os
import time
from pathlib import Path

import sqlalchemy as sa
from alembic import op


def upgrade() -> None:
    op.add_column("users", sa.Column("street", sa.String(50)))
    with op.get_context().autocommit_block():
        if halted := os.environ.get("HALTED"):
            Path(halted).touch()
            time.sleep(600)
        {statement}
"""
# Statements that must run outside of a transaction, where the database has such statements.
ALONE = {
    "postgresql": (
        'op.create_index("ix_street", "users", ["street"], postgresql_concurrently=True)'
    ),
    "mysql": 'op.create_index("ix_street", "users", ["street"])',
    "sqlite": 'op.execute("VACUUM")',
}
UNDO_AUTOCOMMIT = "ALTER TABLE users DROP COLUMN street"


@pytest.mark.thorough
@pytest.mark.parametrize("combination", in_turn(SERVICES, [], one_per_database(SERVICES)))
def test_migrations(combination: Combination, variables: dict[str, str], figures: Figures) -> None:
    project = install(combination, **NEW_FILE | variables)

    with project.database():
        upgrade_at_once(project)
        figures.note("simultaneous upgrades that ended well", combination, PROCESSES)
        revision = fail_half_way(project)
        if combination.database == "mysql":
            recover_by_hand(project, revision)
        else:
            recover(project, revision)
        commit_half_way(project)


def upgrade_at_once(project: Installed) -> None:
    """Check that one of several processes migrates an empty database while the others wait."""
    with ThreadPoolExecutor(PROCESSES) as pool:
        outputs = [*pool.map(project.run, [UPGRADE] * PROCESSES)]

    assert sum("Running upgrade  -> 0001" in output for output in outputs) == 1
    assert "0001 (head)" in project.run("alembic current")
    assert "No new upgrade operations detected" in project.run("alembic check")


def fail_half_way(project: Installed) -> Path:
    """Run a revision whose second step is wrong, and return its file."""
    versions = project.path / "migrations" / "versions"
    before = {*versions.glob("*.py")}
    project.run("alembic revision --message 'two steps'")
    [revision] = {*versions.glob("*.py")} - before
    write_steps(revision, FIRST, WRONG)
    assert "no_such_table" in project.run(UPGRADE, expected=1)
    assert "0001" in project.run("alembic current")
    return revision


def write_steps(revision: Path, *steps: str) -> None:
    """Write the steps of an upgrade and their imports into an empty revision."""
    text = revision.read_text(encoding="utf-8")
    assert EMPTY in text
    lines = [IMPORTS, *(f"    {step}\n" for step in steps)]
    revision.write_text(text.replace(EMPTY, "".join(lines)), encoding="utf-8")


def correct(revision: Path) -> None:
    """Replace the wrong step by a correct one."""
    text = revision.read_text(encoding="utf-8")
    revision.write_text(text.replace(WRONG, RIGHT), encoding="utf-8")


def recover(project: Installed, revision: Path) -> None:
    """Check that nothing is left of the failed revision, and run it after its correction."""
    assert not {"nickname", "city"} & set(run_script(project, "users_table"))
    correct(revision)
    project.run(UPGRADE)
    assert {"nickname", "city"} <= set(run_script(project, "users_table"))


def recover_by_hand(project: Installed, revision: Path) -> None:
    """Check that the first half is left, as the README warns, and follow its instructions."""
    readme = " ".join((project.path / "README.md").read_text(encoding="utf-8").split())
    assert "a migration that fails half-way leaves its first half behind" in readme
    assert "undo by hand what it did" in readme
    assert "nickname" in run_script(project, "users_table")
    correct(revision)
    project.run(UPGRADE, expected=1)
    run_script(project, "users_table", UNDO_FIRST)
    project.run(UPGRADE)
    assert {"nickname", "city"} <= set(run_script(project, "users_table"))


def commit_half_way(project: Installed) -> None:
    """Check that a lock is held until the end of a revision that commits earlier.

    Other processes wait until then, or until the process with the lock is killed.
    """
    revision = write_autocommit(project)
    with halted_upgrade(project) as process:
        waiting = project.with_variables(APP_DATABASE_MIGRATION_LOCK_TIMEOUT="1")
        refusal = waiting.run(UPGRADE, expected=1)
        assert refusal.splitlines()[-1].startswith("Another migration is still running")
        assert "Traceback" not in refusal
        process.kill()
    run_script(project, "users_table", UNDO_AUTOCOMMIT)

    with ThreadPoolExecutor(PROCESSES) as pool:
        outputs = [*pool.map(project.run, [UPGRADE] * PROCESSES)]

    assert sum(f"-> {revision}" in output for output in outputs) == 1
    assert f"{revision} (head)" in project.run("alembic current")


def write_autocommit(project: Installed) -> str:
    """Write a revision with an autocommit block, and return its identifier."""
    project.run("alembic revision --rev-id autocommit --message 'in two transactions'")
    [file] = (project.path / "migrations" / "versions").glob("autocommit*.py")
    text = file.read_text(encoding="utf-8")
    assert EMPTY in text
    statement = ALONE[project.combination.database]
    file.write_text(text.replace(EMPTY, AUTOCOMMIT.format(statement=statement)), encoding="utf-8")
    return "autocommit"


@contextmanager
def halted_upgrade(project: Installed) -> Iterator[subprocess.Popen[bytes]]:
    """Start an upgrade that halts within its autocommit block, and kill it at the end."""
    halted = project.path.parent / "halted"
    with project.with_variables(HALTED=str(halted)).started(UPGRADE) as process:
        eventually(halted.exists, TIMEOUT, "the autocommit block")
        yield process
