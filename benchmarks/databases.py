"""Private database servers, each with a filled database."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, Engine, NullPool, create_engine, text

from tests.servers import private_mariadb, private_system_postgresql

NAME = "benchmark"
# These servers do not wait for the disk, whose speed would otherwise be measured.
POSTGRESQL = {"shared_buffers": "512MB", "max_connections": 300, "max_wal_size": "4GB"}
MARIADB = {"innodb-buffer-pool-size": "512M", "max-connections": 300}

SERVERS: Mapping[str, Callable[[], AbstractContextManager[Any]]] = MappingProxyType(
    {
        "postgresql": lambda: private_system_postgresql(POSTGRESQL),
        "mysql": lambda: private_mariadb(MARIADB),
    }
)
SCHEMES = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg", "mysql": "mysql+pymysql"}
ASK_VERSION = {
    "sqlite": "select 'SQLite ' || sqlite_version()",
    "postgresql": "select 'PostgreSQL ' || split_part(current_setting('server_version'), ' ', 1)",
    "mysql": "select concat('MariaDB ', substring_index(version(), '-', 1))",
}
RENEW_STATISTICS = {
    "sqlite": "analyze",
    "postgresql": "vacuum analyze",
    "mysql": "analyze table {tables}",
}


@dataclass(frozen=True)
class Rows:
    """The numbers of rows of the large tables."""

    users: int = 10_000
    products: int = 10_000
    orders: int = 0  # each with one item
    auth: str = "none"  # how users sign in, which decides their columns


@dataclass(frozen=True)
class Table:
    """A table, with an expression for each column, by the number of the row, ``i``."""

    name: str
    values: Mapping[str, str]


NOW = "'2026-01-01 00:00:00'"
TIMESTAMPS = {"created_at": NOW, "updated_at": NOW}
COLUMNS_OF_USERS = {
    "none": {"hashed_password": "'!'", "is_superuser": "1 = 0"},
    "jwt": {"hashed_password": "'!'", "role": "'user'"},
    "oidc": {},
}
CATEGORIES = 20
TAGS = 50


def tables(rows: Rows, hundredth: str) -> Iterator[tuple[Table, int]]:
    """Yield the tables with their numbers of rows, each after those that it refers to.

    ``hundredth`` is the SQL that converts hundredths to the database's decimals.
    """
    names = {"name": "'Category ' || i", "slug": "'category-' || i"}
    yield Table("categories", names | TIMESTAMPS), CATEGORIES
    yield Table("tags", {"name": "'tag-' || i"}), TAGS
    yield _users(rows), rows.users
    yield _products(hundredth), rows.products
    for number in ("i * 7", "i * 7 + 25"):
        tagged = {"product_id": "i", "tag_id": f"1 + ({number}) % {TAGS}"}
        yield Table("product_tags", tagged), rows.products
    yield _orders(rows, hundredth), rows.orders
    yield _order_items(rows, hundredth), rows.orders


def _users(rows: Rows) -> Table:
    values = {
        "username": "'user_' || i",
        "email": "'user' || i || '@example.com'",
        "full_name": "'User ' || i",
        "is_active": "1 = 1",
        **COLUMNS_OF_USERS[rows.auth],
    }
    return Table("users", values | TIMESTAMPS)


def _products(hundredth: str) -> Table:
    values = {
        "name": "'Product ' || i",
        "slug": "'product-' || i",
        "sku": "'SKU-' || i",
        "description": "'What there is to say about product ' || i",
        "price": f"(100 + i % 9000){hundredth}",
        "stock_quantity": "1000000000",  # more than a benchmark can sell
        "is_active": "1 = 1",
        "category_id": f"1 + i % {CATEGORIES}",
        "version": "1",
    }
    return Table("products", values | TIMESTAMPS)


def _orders(rows: Rows, hundredth: str) -> Table:
    values = {
        "order_number": "'ORD-' || (10000000 + i)",
        "user_id": f"1 + i % {rows.users}",
        "status": "'pending'",
        "total_amount": f"1000{hundredth}",
    }
    return Table("orders", values | TIMESTAMPS)


def _order_items(rows: Rows, hundredth: str) -> Table:
    values = {
        "order_id": "i",
        "product_id": f"1 + i % {rows.products}",
        "quantity": "1",
        "unit_price": f"1000{hundredth}",
        "total_price": f"1000{hundredth}",
    }
    return Table("order_items", values)


@contextmanager
def databases(kinds: set[str], folder: Path) -> Iterator[dict[str, str]]:
    """Yield the URL of a database of each kind, not created yet, without a driver."""
    with ExitStack() as stack:
        yield {kind: _url(kind, folder, stack) for kind in sorted(kinds)}


def _url(kind: str, folder: Path, stack: ExitStack) -> str:
    if kind == "sqlite":
        return f"sqlite:///{folder / NAME}.db"
    return f"{stack.enter_context(SERVERS[kind]()).url}/{NAME}"


def fill(url: str, rows: Rows) -> str:
    """Fill a migrated database, and return the name and version of its server."""
    engine = engine_of(url)
    kind = kind_of(url)
    with engine.begin() as connection:
        _prepare(connection, kind, rows)
        names = [
            _fill_table(connection, table, number)
            for table, number in tables(rows, "" if kind == "sqlite" else " / 100.0")
        ]
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        distinct = ", ".join(dict.fromkeys(names))
        connection.exec_driver_sql(RENEW_STATISTICS[kind].format(tables=distinct))
        return str(connection.exec_driver_sql(ASK_VERSION[kind]).scalar_one())


def engine_of(url: str) -> Engine:
    """Return an engine for the URL of a database, with a driver of the benchmarks."""
    _, _, rest = url.partition(":")
    return create_engine(f"{SCHEMES[kind_of(url)]}:{rest}", poolclass=NullPool)


def kind_of(url: str) -> str:
    """Return the kind of database of a URL."""
    return url.partition(":")[0]


def _prepare(connection: Connection, kind: str, rows: Rows) -> None:
    if kind != "mysql":
        return
    most = max(number for _, number in tables(rows, ""))
    connection.exec_driver_sql("set sql_mode = 'PIPES_AS_CONCAT'")
    connection.exec_driver_sql(f"set max_recursive_iterations = {most + 1}")


def _fill_table(connection: Connection, table: Table, rows: int) -> str:
    columns, values = ", ".join(table.values), ", ".join(table.values.values())
    if rows:
        statement = (
            f"insert into {table.name} ({columns}) with recursive numbers(i) as "
            f"(select 1 union all select i + 1 from numbers where i < {rows}) "
            f"select {values} from numbers"
        )
        connection.execute(text(statement))
    return table.name
