"""Fill the database with a shop to look at: ``python -m app.seed --rows 300``.

Run it as often as you like: what is there stays, and only what is missing is added.

The default categories come from here and not from a migration: they are data that a
shop renames and deletes, and a database that only has the schema is what tests want.
"""

import argparse
# {% if cookiecutter.concurrency == "async" %}
import asyncio
# {% endif %}
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from rich.progress import Progress
# {% if cookiecutter.data_access == "repository" %}
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession
# {% elif cookiecutter.concurrency == "async" %}
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection
# {% else %}
from sqlalchemy import Connection, insert, select
# {% endif %}

from app.catalog.models import Category, Product
from app.database.base import Base
from app.database.database import Database
from app.orders.models import Order
from app.orders.schemas import OrderLine, OrderPlace
from app.orders.service import place
from app.settings import load_settings
from app.users.models import User
# {% if cookiecutter.auth != "oidc" %}
from app.users.passwords import UNUSABLE_HASH
# {% endif %}

CATEGORIES = {
    "Tea": ("Green tea", "Black tea", "Herbal tea"),
    "Coffee": ("Beans", "Ground coffee"),
    "Kitchen": ("Cups", "Pots", "Scales"),
}
ORIGINS = ("Assam", "Yunnan", "Nara", "Kigali", "Huila", "Cork", "Porto", "Malmö")
KINDS = ("Classic", "Smoked", "Mild", "Strong", "Everyday", "Festive", "Small", "Large")
USERS = 20
ORDERS = 40
BATCH = 500


async def seed(
    database: Database,
    rows: int,
    advance: Callable[[int], None] = lambda _number: None,
) -> None:
    """Make sure that categories, users, ``rows`` products and some orders are there.

    Calls ``advance`` with the number of products whenever some more are there.
    """
    shelves = await _seed_categories(database)
    await database.transaction(_insert_missing, User, "username", list(_users()))
    for begin in range(0, rows, BATCH):
        numbers = range(begin, min(begin + BATCH, rows))
        products = [_product(number, shelves) for number in numbers]
        await database.transaction(_insert_missing, Product, "sku", products)
        advance(len(numbers))
    await _seed_orders(database)


async def _seed_categories(database: Database) -> Sequence[int]:
    """Return the ids of the categories that products are put into."""
    top = [{"name": name, "slug": _slug(name)} for name in CATEGORIES]
    await database.transaction(_insert_missing, Category, "slug", top)
    ids = await _ids_by_slug(database)
    below: list[dict[str, Any]] = [
        {"name": name, "slug": _slug(name), "parent_id": ids[_slug(parent)]}
        for parent, names in CATEGORIES.items()
        if _slug(parent) in ids
        for name in names
    ]
    await database.transaction(_insert_missing, Category, "slug", below)
    ids = await _ids_by_slug(database)
    return [ids[category["slug"]] for category in below]


async def _ids_by_slug(database: Database) -> dict[str, int]:
    rows = await database.fetch_rows(select(Category.slug, Category.id))
    return {row.slug: row.id for row in rows}


async def _insert_missing(
    transaction: {{ "AsyncSession" if cookiecutter.data_access == "repository" else "AsyncConnection" }},
    model: type[Base],
    key: str,
    rows: Sequence[dict[str, Any]],
) -> None:
    """Insert those rows, all at once, whose key is not there yet."""
    column = model.__table__.columns[key]
    keys = select(column).where(column.in_([row[key] for row in rows]))
    found = set(await transaction.scalars(keys))
    missing = [row for row in rows if row[key] not in found]
    if missing:
        await transaction.execute(insert(model.__table__), missing)


async def _seed_orders(database: Database) -> None:
    """Place orders, unless there are any: stock is sold once."""
    if await database.fetch_rows(select(Order.id).limit(1)):
        return
    users = await database.fetch_rows(select(User.id).limit(USERS))
    products = await database.fetch_rows(select(Product.id).limit(BATCH))
    if not products:
        return
    for number in range(ORDERS):
        lines = [
            OrderLine(product_id=products[number * step % len(products)].id, quantity=1)
            for step in (1, 7, 13)
        ]
        user_id = users[number * number % len(users)].id
        order = OrderPlace(user_id=user_id, items=lines)
        await database.transaction(place, order)


def _users() -> Iterator[dict[str, Any]]:
    for number in range(1, USERS + 1):
        yield {
            "username": f"customer_{number}",
            "email": f"customer{number}@example.com",
            "full_name": f"Customer {number}",
            # {% if cookiecutter.auth != "oidc" %}
            "hashed_password": UNUSABLE_HASH,
            # {% endif %}
        }


def _product(number: int, categories: Sequence[int]) -> dict[str, Any]:
    origin = ORIGINS[number % len(ORIGINS)]
    kind = KINDS[number // len(ORIGINS) % len(KINDS)]
    name = f"{origin} {kind} {number:05}"
    return {
        "name": name,
        "slug": _slug(name),
        "sku": f"SEED-{number:05}",
        "price": Decimal(199 + number * 37 % 9000) / 100,
        "stock_quantity": 100 + number % 50,
        "category_id": categories[number % len(categories)],
    }


def _slug(name: str) -> str:
    return name.lower().replace("ö", "o").replace(" ", "-")


def main() -> None:
    """Seed the database of the settings, and show how far it is."""
    parser = argparse.ArgumentParser(prog="python -m app.seed", description=__doc__)
    parser.add_argument("--rows", type=int, default=300, help="products; default 300")
    rows = parser.parse_args().rows
    with Progress() as progress:
        task = progress.add_task("products", total=rows)
        # {% if cookiecutter.concurrency == "async" %}
        asyncio.run(_seed_once(rows, lambda more: progress.advance(task, more)))
        # {% else %}
        _seed_once(rows, lambda more: progress.advance(task, more))
        # {% endif %}


async def _seed_once(rows: int, advance: Callable[[int], None]) -> None:
    database = Database(load_settings())
    try:
        await seed(database, rows, advance)
    finally:
        await database.dispose()


if __name__ == "__main__":
    main()
