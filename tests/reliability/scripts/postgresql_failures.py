"""Failures as PostgreSQL has them."""

import secrets

from app.errors import Retryable, Unavailable
from app.settings import load_settings

from .common import run_for_good, run_one
from .failures import Failures, ask_to_write
from .server_failures import (
    SERVER_FAILURES,
    change_after_a_snapshot,
    lose_idle_connection,
    run_too_long,
)

SNAPSHOT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"
OWN_ID = "SELECT pg_backend_pid()"
TERMINATE = "SELECT pg_terminate_backend({}, 5000)"


async def connect_too_often() -> None:
    """Connect as a role that may not connect even once."""
    role = f"limited_{secrets.token_hex(4)}"
    await run_for_good(f"CREATE ROLE {role} LOGIN PASSWORD 'limited' CONNECTION LIMIT 0")
    url = load_settings().database_url.set(username=role, password="limited")
    try:
        await ask_to_write(database_url=url)
    finally:
        await run_for_good(f"DROP ROLE {role}")


CODES = {
    "unique": "23505",
    "foreign key, missing row": "23503",
    "foreign key, row in use": "23503",
    "check": "23514",
    "not null": "23502",
    "too long": "22001",
    "deadlock": "40P01",
    "serialization failure": "40001",
    "lock timeout": "55P03",
    "statement timeout": "57014",
}

FAILURES: Failures = {
    **SERVER_FAILURES,
    "serialization failure": (Retryable, lambda: change_after_a_snapshot(SNAPSHOT)),
    "statement timeout": (Unavailable, lambda: run_too_long("SELECT pg_sleep(10)")),
    "idle connection killed": (Unavailable, lambda: lose_idle_connection(OWN_ID, TERMINATE)),
    "busy connection killed": (Unavailable, lambda: run_one(TERMINATE.format("pg_backend_pid()"))),
    "too many connections": (Unavailable, connect_too_often),
}
