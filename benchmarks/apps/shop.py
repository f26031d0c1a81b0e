"""The work of the floors: the statements of the generated shop, written by hand.

The pool is asyncpg's own with its defaults: ten connections, each reset when it is
released. Reads and single inserts are one round trip, without an explicit transaction.
"""

import base64
import os
import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import asyncpg
import orjson

POOL_SIZE = 10
PAGE_SIZE = 20
COUNTED = 10_000

USER_COLUMNS = (
    "id, username, email, full_name, bio, is_active, is_superuser, created_at, updated_at"
)
GET_USER = f"select {USER_COLUMNS} from users where id = $1"
LIST_USERS = f"select {USER_COLUMNS} from users where id > $1 order by id limit $2"
PRODUCTS = """
    select p.id, p.name, p.sku, p.price, p.stock_quantity, p.slug, p.description, p.is_active,
           p.version, p.created_at, p.updated_at,
           c.id as category_id, c.name as category_name, c.slug as category_slug
    from products p join categories c on c.id = p.category_id
"""
PRODUCTS_AFTER = f"{PRODUCTS} where p.id > $1 order by p.id limit $2"
PRODUCTS_PAGE = f"{PRODUCTS} order by p.id limit $1 offset $2"
COUNT_PRODUCTS = "select count(*) from (select 1 from products limit $1) as counted"
TAGS_OF = """
    select pt.product_id, t.name from product_tags pt join tags t on t.id = pt.tag_id
    where pt.product_id = any($1) order by t.name
"""
INSERT_CATEGORY = """
    insert into categories (name, slug, description, parent_id, created_at, updated_at)
    values ($1, $2, $3, $4, $5, $5)
    returning id, name, slug, description, parent_id, created_at, updated_at
"""
ACTIVE_USER = "select email from users where id = $1 and is_active"
LOCK_PRODUCTS = """
    select id, price, stock_quantity from products
    where id = any($1) and is_active order by id for update
"""
INSERT_ORDER = """
    insert into orders (order_number, user_id, status, total_amount, created_at, updated_at)
    values ($1, $2, 'pending', $3, $4, $4)
    returning id, order_number, user_id, status, total_amount, created_at, updated_at
"""
TAKE_STOCK = """
    update products set stock_quantity = stock_quantity - line.quantity, updated_at = $3
    from unnest($1::int[], $2::int[]) as line(id, quantity) where products.id = line.id
"""
INSERT_ITEMS = """
    insert into order_items (order_id, product_id, quantity, unit_price, total_price)
    select $1, * from unnest($2::int[], $3::int[], $4::numeric[], $5::numeric[])
"""
INSERT_NOTIFICATION = """
    insert into notifications (order_id, recipient, message, created_at, updated_at)
    values ($1, $2, $3, $4, $4)
"""


class Refused(Exception):
    """Raised for a request that cannot be fulfilled."""


class Shop:
    """The hand-written shop, which returns values that can be encoded as JSON."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def user(self, user_id: int) -> dict[str, Any]:
        """Return a user. Raise Refused if there is none."""
        row = await self._pool.fetchrow(GET_USER, user_id)
        if row is None:
            raise Refused
        return dict(row)

    async def users(self, after: str) -> dict[str, Any]:
        """Return the slice of users after a cursor."""
        rows = await self._pool.fetch(LIST_USERS, last_id(after), PAGE_SIZE + 1)
        return as_slice([dict(row) for row in rows])

    async def products_after(self, after: str) -> dict[str, Any]:
        """Return the slice of products after a cursor, with category and tags."""
        async with self._pool.acquire() as connection:
            rows = await connection.fetch(PRODUCTS_AFTER, last_id(after), PAGE_SIZE + 1)
            return as_slice(await with_tags(connection, rows))

    async def products_page(self, page: int) -> dict[str, Any]:
        """Return a page of products, with category and tags, and the total."""
        async with self._pool.acquire() as connection:
            offset = (page - 1) * PAGE_SIZE
            rows = await connection.fetch(PRODUCTS_PAGE, PAGE_SIZE + 1, offset)
            found = await with_tags(connection, rows)
            counted = await connection.fetchval(COUNT_PRODUCTS, COUNTED + 1)
        total = counted if counted <= COUNTED else None
        numbers = {
            "total": total,
            "page": page,
            "total_pages": None if total is None else -(-total // PAGE_SIZE),
            "has_previous": page > 1,
        }
        return as_slice(found) | numbers

    async def create_category(
        self, name: str, slug: str, description: str | None = None, parent_id: int | None = None
    ) -> dict[str, Any]:
        """Insert a category."""
        values = (name, slug, description, parent_id, datetime.now(UTC))
        row = await self._pool.fetchrow(INSERT_CATEGORY, *values)
        assert row is not None
        return dict(row)

    async def place_order(self, user_id: int, quantities: Mapping[int, int]) -> dict[str, Any]:
        """Move products from stock into an order, all or none. Raise Refused otherwise."""
        now = datetime.now(UTC)
        ids = sorted(quantities)
        wanted = [quantities[product_id] for product_id in ids]
        async with self._pool.acquire() as connection, connection.transaction():
            email = await connection.fetchval(ACTIVE_USER, user_id)
            products = await connection.fetch(LOCK_PRODUCTS, ids)
            refuse_unless_sold(email, products, wanted)
            prices = [product["price"] for product in products]
            totals = [price * number for price, number in zip(prices, wanted, strict=True)]
            total = sum(totals, Decimal(0))
            order = await connection.fetchrow(INSERT_ORDER, order_number(now), user_id, total, now)
            assert order is not None
            await connection.execute(TAKE_STOCK, ids, wanted, now)
            await connection.execute(INSERT_ITEMS, order["id"], ids, wanted, prices, totals)
            message = f"We have received your order {order['order_number']}."
            await connection.execute(INSERT_NOTIFICATION, order["id"], email, message, now)
        lines = zip(ids, wanted, prices, totals, strict=True)
        names = ("product_id", "quantity", "unit_price", "total_price")
        return {**order, "items": [dict(zip(names, line, strict=True)) for line in lines]}


@asynccontextmanager
async def opened() -> AsyncIterator[Shop]:
    """Open a pool of connections to the database of DATABASE_URL, and close it at the end."""
    pool = await asyncpg.create_pool(
        os.environ["DATABASE_URL"], min_size=POOL_SIZE, max_size=POOL_SIZE
    )
    async with pool:
        yield Shop(pool)


async def with_tags(connection: Any, rows: Sequence[asyncpg.Record]) -> list[dict[str, Any]]:
    """Add category and tags to products."""
    tags: dict[int, list[str]] = {row["id"]: [] for row in rows}
    for product_id, name in await connection.fetch(TAGS_OF, list(tags)):
        tags[product_id].append(name)
    return [product_of(row, tags[row["id"]]) for row in rows]


def product_of(row: asyncpg.Record, tags: list[str]) -> dict[str, Any]:
    """Return a product as clients receive it."""
    product = dict(row)
    names = ("id", "name", "slug")
    category = {name: product.pop(f"category_{name}") for name in names}
    return {**product, "category": category, "tags": tags}


def as_slice(found: list[dict[str, Any]]) -> dict[str, Any]:
    """Return a page of items, which are one more than its size if others follow."""
    items, more = found[:PAGE_SIZE], len(found) > PAGE_SIZE
    return {
        "items": items,
        "total": None,
        "page": None,
        "page_size": PAGE_SIZE,
        "total_pages": None,
        "has_next": more,
        "has_previous": None,
        "next": cursor(items[-1]["id"]) if more else None,
    }


def cursor(row_id: int) -> str:
    """Return the cursor for the rows after a row."""
    return base64.urlsafe_b64encode(orjson.dumps(["id", str(row_id), row_id])).decode()


def last_id(after: str) -> int:
    """Return the id in a cursor."""
    return int(orjson.loads(base64.urlsafe_b64decode(after))[2]) if after else 0


def order_number(now: datetime) -> str:
    """Return an order number that is hard to guess."""
    return f"ORD-{now:%Y%m%d%H%M%S}-{secrets.token_hex(4).upper()}"


def refuse_unless_sold(
    email: str | None, products: Sequence[asyncpg.Record], wanted: Sequence[int]
) -> None:
    """Raise Refused unless the customer exists and each product has enough stock."""
    if email is None or len(products) != len(wanted):
        raise Refused
    for product, quantity in zip(products, wanted, strict=True):
        if product["stock_quantity"] < quantity:
            raise Refused
