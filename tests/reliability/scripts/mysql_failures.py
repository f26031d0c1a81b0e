"""Failures as MySQL and MariaDB have them."""

import secrets

from app.errors import Retryable, Unavailable
from app.settings import load_settings
from sqlalchemy import text

from .common import opened, run_for_good, run_one
from .failures import Failures, Missing, ask_to_write
from .server_failures import (
    SERVER_FAILURES,
    change_after_a_snapshot,
    lose_idle_connection,
    run_too_long,
)

SNAPSHOT = (
    "SET SESSION innodb_snapshot_isolation = ON",
    "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ",
)
HAS_SNAPSHOTS = "SHOW VARIABLES LIKE 'innodb_snapshot_isolation'"
# SLEEP would not do: where it is interrupted, MySQL lets it succeed.
COLLATIONS = ", ".join(f"information_schema.collations {name}" for name in "abcd")
LONG = f"SELECT COUNT(*) FROM {COLLATIONS}"


async def change_after_a_strict_snapshot() -> None:
    """Change a row of a snapshot; only MariaDB, since 10.6.18, notices."""
    async with opened() as database, database.session() as session:
        if (await session.execute(text(HAS_SNAPSHOTS))).first() is None:
            raise Missing
    await change_after_a_snapshot(*SNAPSHOT)


async def connect_too_often() -> None:
    """Connect twice as a user who may connect once."""
    user = f"limited_{secrets.token_hex(4)}"
    await run_for_good(f"CREATE USER {user} WITH MAX_USER_CONNECTIONS 1")
    settings = load_settings()
    await run_for_good(f"GRANT ALL ON `{settings.database_url.database}`.* TO {user}")
    url = settings.database_url.set(username=user, password=None)
    try:
        async with opened(database_url=url) as database, database.session() as session:
            await session.execute(text("SELECT 1"))
            await ask_to_write(database_url=url)
    finally:
        await run_for_good(f"DROP USER {user}")


CODES = {
    "unique": "1062",
    "foreign key, missing row": "1452",
    "foreign key, row in use": "1451",
    "not null": "1048",
    "too long": "1406",
    "out of range": "1264",
    "deadlock": "1213",
    "serialization failure": "1020",
    "lock timeout": "1205",
    "no such database": "1049",
    "too many connections": "1226",
}

FAILURES: Failures = {
    **SERVER_FAILURES,
    "serialization failure": (Retryable, change_after_a_strict_snapshot),
    "statement timeout": (Unavailable, lambda: run_too_long(LONG)),
    "idle connection killed": (
        Unavailable,
        lambda: lose_idle_connection("SELECT CONNECTION_ID()", "KILL {}"),
    ),
    "busy connection killed": (Unavailable, lambda: run_one("KILL CONNECTION_ID()")),
    "too many connections": (Unavailable, connect_too_often),
}
