"""Failures as MySQL and MariaDB have them."""

import secrets

from app.errors import Invalid, Refused, Retryable, Unavailable
from app.settings import load_settings
from sqlalchemy import text

from .common import begun, opened, run_for_good, run_one
from .failures import Failures, Missing, add_user, ask_to_write, unreachable
from .server_failures import (
    SERVER_FAILURES,
    change_after_a_snapshot,
    lose_idle_connection,
    provoked,
    run_all,
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
SAY = "SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = {}, MESSAGE_TEXT = 'said'"

FILL_A_TABLE = (
    "SET SESSION max_heap_table_size = 16384",
    "CREATE TEMPORARY TABLE filled (value CHAR(255)) ENGINE = MEMORY",
    f"INSERT INTO filled SELECT REPEAT('a', 255) FROM {COLLATIONS} LIMIT 1000",
)
WRITE_WHAT_LATIN_LACKS = (
    "CREATE TEMPORARY TABLE latin (value VARCHAR(9) CHARACTER SET latin1)",
    "INSERT INTO latin VALUES ('\u65e5')",
)


async def change_after_a_strict_snapshot() -> None:
    """Change a row of a snapshot; only MariaDB, since 10.6.18, notices."""
    async with opened() as database, begun(database) as transaction:
        found = await transaction.execute(text(HAS_SNAPSHOTS))
        if found.first() is None:
            raise Missing
    await change_after_a_snapshot(*SNAPSHOT)


async def connect_too_often() -> None:
    """Connect twice as a user who may connect once."""
    name = f"limited_{secrets.token_hex(4)}"
    identified = f"{name} IDENTIFIED BY 'limited'"
    await run_for_good(f"CREATE USER {identified} WITH MAX_USER_CONNECTIONS 1")
    settings = load_settings()
    await run_for_good(f"GRANT ALL ON `{settings.database_url.database}`.* TO {name}")
    url = settings.database_url.set(username=name, password="limited")
    try:
        async with opened(database_url=url) as database, begun(database) as transaction:
            await transaction.execute(text("SELECT 1"))
            await ask_to_write(database_url=url)
    finally:
        await run_for_good(f"DROP USER {name}")


async def write_in_a_read_only_transaction() -> None:
    """Write on a connection whose transactions are read-only, as on a server that is."""
    async with opened() as database, begun(database) as transaction:
        await transaction.execute(text("SET SESSION TRANSACTION READ ONLY"))
        await transaction.commit()
        await add_user(transaction, "ann")


async def send_too_much() -> None:
    """Send one byte more than the server takes at once."""
    async with opened() as database, begun(database) as transaction:
        limit = await transaction.scalar(text("SELECT @@max_allowed_packet"))
        await transaction.execute(text("SELECT LENGTH(:value)"), {"value": "a" * limit})


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
    "no such user, to write": "1045",
    "read-only": "1792",
    "write in a read": "1792",
    "unknown table": "1146",
    "table full": "1114",
    "not in the encoding": "1366",
}

# A sample of each kind that is hard to provoke, or that only one of the two servers has.
SAID: dict[str, type[Exception]] = {
    "1021": Unavailable,
    "1030": Unavailable,
    "1037": Unavailable,
    "1118": Invalid,
    "1142": Refused,
    "1153": Invalid,
    "1158": Unavailable,
    "1267": Invalid,
    "1290": Unavailable,
    "1412": Retryable,
    "1836": Unavailable,
    "1877": Unavailable,
    "1878": Unavailable,
    "3032": Unavailable,
    "3101": Retryable,
    "3140": Invalid,
    "3854": Invalid,
    "4031": Unavailable,
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
    "read-only": (Unavailable, write_in_a_read_only_transaction),
    "table full": (Unavailable, lambda: run_all(*FILL_A_TABLE)),
    "not in the encoding": (Invalid, lambda: run_all(*WRITE_WHAT_LATIN_LACKS)),
    "too much at once": (Invalid, send_too_much),
    **unreachable("no such database", Refused, database="no_such_database"),
    **unreachable("no such user", Refused, username="no_such_user", password="wrong"),
    **provoked(SAID, SAY),
}
