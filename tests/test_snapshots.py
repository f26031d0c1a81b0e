"""Snapshots of generated files, so that a reviewer sees the effect of a change on them.

Renew them with ``RENEW_SNAPSHOTS=1 pytest tests/test_snapshots.py``, and read their diff
in git.
"""

import os
from pathlib import Path

import pytest

from tests.baking import Cookies, bake, texts_of
from tests.combinations import Combination

SNAPSHOTS = Path(__file__).parent / "snapshots"
RENEW = "RENEW_SNAPSHOTS" in os.environ

ENGINE = "app/database/engine.py"
DATABASE = "app/database/database.py"
SERVICE = "app/users/service.py"
ORDERS = "app/orders/service.py"
ENVIRONMENT = "bootstrap/alembic_environment/env.py"

# Together they cover each database, both modes with both styles, a driver with code of its
# own, and projects with and without the shop.
CORNERS = {
    Combination("async", "sqlite", "aiosqlite", "repository", "shop"): (
        *(ENGINE, SERVICE, ORDERS, ENVIRONMENT),
    ),
    Combination("sync", "sqlite", "sqlite3", "dao", "none"): (ENGINE, DATABASE, SERVICE),
    Combination("async", "postgresql", "asyncpg", "dao", "shop"): (
        *(ENGINE, DATABASE, SERVICE, ORDERS, ENVIRONMENT),
    ),
    Combination("sync", "mysql", "pymysql", "repository", "none"): (ENGINE, SERVICE, ENVIRONMENT),
}


@pytest.mark.parametrize("combination", CORNERS, ids=str)
def test_the_project_is_what_it_was(cookies: Cookies, combination: Combination) -> None:
    texts = texts_of(bake(cookies, **combination.answers))
    made = {_snapshot_name(path): texts[path] for path in CORNERS[combination]}
    made["files.txt"] = "\n".join(texts) + "\n"
    folder = SNAPSHOTS / str(combination)

    if RENEW:
        _renew(folder, made)

    kept = {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}
    assert made == kept


def test_no_snapshot_is_left_over() -> None:
    assert {path.name for path in SNAPSHOTS.iterdir()} == set(map(str, CORNERS))


def _snapshot_name(path: str) -> str:
    """Return the name of a snapshot, with which no tool takes it for Python of the template."""
    return f"{path.replace('/', '.')}.txt"


def _renew(folder: Path, texts: dict[str, str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.iterdir():
        path.unlink()
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
