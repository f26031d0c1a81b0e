"""Failures as PostgreSQL has them."""

import secrets

from app.errors import Conflict, Invalid, Refused, Retryable, Unavailable
from app.settings import load_settings
from sqlalchemy import column, select, table

from .common import begun, opened, run_for_good, run_one
from .failures import Failures, Missing, add_user, ask_to_write, unreachable
from .refusing_server import refusing
from .server_failures import (
    SERVER_FAILURES,
    change_after_a_snapshot,
    lose_idle_connection,
    provoked,
    run_all,
    run_too_long,
)

SNAPSHOT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"
OWN_ID = "SELECT pg_backend_pid()"
TERMINATE = "SELECT pg_terminate_backend({}, 5000)"
SAY = "DO $$ BEGIN RAISE EXCEPTION 'said' USING ERRCODE = '{}'; END $$"

# libpq does not hand on the code where no connection comes about.
REFUSED = Refused if load_settings().database_url.get_driver_name() == "asyncpg" else Unavailable

SORT = "SELECT count(*) FROM (SELECT n FROM generate_series(1, 100000) n ORDER BY -n OFFSET 0) s"
SORT_TOO_MUCH = ("SET LOCAL work_mem = '64kB'", "SET LOCAL temp_file_limit = '64kB'", SORT)
INDEX_TOO_MUCH = (
    "CREATE TEMPORARY TABLE wide (value text UNIQUE) ON COMMIT DROP",
    "INSERT INTO wide SELECT string_agg(md5(CAST(n AS text)), '') FROM generate_series(1, 1000) n",
)


async def connect_too_often() -> None:
    """Connect as a role that may not connect even once."""
    role = f"limited_{secrets.token_hex(4)}"
    await run_for_good(f"CREATE ROLE {role} LOGIN PASSWORD 'limited' CONNECTION LIMIT 0")
    url = load_settings().database_url.set(username=role, password="limited")
    try:
        await ask_to_write(database_url=url)
    finally:
        await run_for_good(f"DROP ROLE {role}")


async def write_as_a_reader(**query: str) -> None:
    """Write as a role whose transactions are read-only, as on a server that is.

    The query joins the URL.
    """
    role = f"reader_{secrets.token_hex(4)}"
    await run_for_good(f"CREATE ROLE {role} LOGIN PASSWORD 'reader' SUPERUSER")
    await run_for_good(f"ALTER ROLE {role} SET default_transaction_read_only = on")
    url = load_settings().database_url.set(username=role, password="reader", query=query)
    try:
        async with opened(database_url=url) as database, begun(database) as transaction:
            await add_user(transaction, "ann")
    finally:
        await run_for_good(f"DROP ROLE {role}")


async def connect_to_a_pooler() -> None:
    """Connect to what does not take the service's parameters, as PgBouncer."""
    with refusing("08P01", "unsupported startup parameter: statement_timeout") as port:
        url = load_settings().database_url.set(host="127.0.0.1", port=port)
        await ask_to_write(database_url=url)


async def read_by_the_plan_of_an_old_schema() -> None:
    """Read what was migrated after the connection had prepared its statement.

    The next read succeeds: the plan went with its connection.
    """
    name = f"planned_{secrets.token_hex(4)}"
    await run_for_good(f"CREATE TABLE {name} (value varchar(10))")
    statement = select(table(name, column("value")))
    try:
        async with opened(database_pool_size=1) as database:
            for _ in range(8):  # psycopg prepares what it has met five times
                await database.fetch_rows(statement)
            await run_for_good(f"ALTER TABLE {name} ALTER COLUMN value TYPE text")
            try:
                await database.fetch_rows(statement)
            finally:
                await database.fetch_rows(statement)
    finally:
        await run_for_good(f"DROP TABLE {name}")
    raise Missing  # psycopg2 prepares nothing


CODES = {
    "unique": "23505",
    "foreign key, missing row": "23503",
    "check": "23514",
    "not null": "23502",
    "too long": "22001",
    "deadlock": "40P01",
    "serialization failure": "40001",
    "lock timeout": "55P03",
    "statement timeout": "57014",
    "read-only": "25006",
    "temporary files": "53400",
    "too large for an index": "54000",
    "not in the encoding": "22P05",
    "plan of an old schema": "26000",
}

# A sample of each class, and what differs from its class.
SAID: dict[str, type[Exception]] = {
    "08007": Unavailable,
    "08P01": Refused,
    "22003": Invalid,
    "22021": Invalid,
    "23001": Conflict,
    "23503": Conflict,
    "23P01": Conflict,
    "25P03": Unavailable,
    "25P04": Unavailable,
    "40003": Unavailable,
    "42501": Refused,
    "44000": Invalid,
    "53100": Unavailable,
    "53200": Unavailable,
    "54001": Invalid,
    "55000": Unavailable,
    "55006": Unavailable,
    "57P01": Unavailable,
    "57P03": Unavailable,
    "58030": Unavailable,
    "F0000": Unavailable,
    "HV00N": Unavailable,
    "XX001": Unavailable,
}

FAILURES: Failures = {
    **SERVER_FAILURES,
    "serialization failure": (Retryable, lambda: change_after_a_snapshot(SNAPSHOT)),
    "statement timeout": (Unavailable, lambda: run_too_long("SELECT pg_sleep(10)")),
    "idle connection killed": (Unavailable, lambda: lose_idle_connection(OWN_ID, TERMINATE)),
    "busy connection killed": (Unavailable, lambda: run_one(TERMINATE.format("pg_backend_pid()"))),
    "too many connections": (Unavailable, connect_too_often),
    "read-only": (Unavailable, write_as_a_reader),
    "no server that writes": (
        Unavailable,
        lambda: write_as_a_reader(target_session_attrs="read-write"),
    ),
    "temporary files": (Unavailable, lambda: run_all(*SORT_TOO_MUCH)),
    "too large for an index": (Invalid, lambda: run_all(*INDEX_TOO_MUCH)),
    "not in the encoding": (Invalid, lambda: run_one("SELECT convert_to('\u65e5', 'LATIN1')")),
    "plan of an old schema": (Retryable, read_by_the_plan_of_an_old_schema),
    "protocol": (Refused, connect_to_a_pooler),
    **unreachable("no such database", REFUSED, database="no_such_database"),
    **unreachable("no such user", REFUSED, username="no_such_user", password="wrong"),
    **provoked(SAID, SAY),
}
