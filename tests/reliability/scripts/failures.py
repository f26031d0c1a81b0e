"""Failures that every database knows, each provoked for real."""

import secrets
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from app.catalog.models import Category, Product
from app.errors import Conflict, Invalid, Retryable, Unavailable
from app.settings import load_settings
from app.users.models import User
from sqlalchemy import delete, select, text, update

from .common import opened

Case = Callable[[], Any]
Failures = dict[str, tuple[type[Exception], Case]]


class Missing(Exception):
    """The server in use cannot fail like that."""


class Fault(Exception):
    """The service takes it for a fault of the code: a 500, which is logged."""


def user(username: str | None) -> User:
    """Make a user."""
    return User(username=username, email=f"{username}@example.com", hashed_password="x")


def product(category_id: int, **facts: Any) -> Product:
    """Make a product, with other facts than usual."""
    usual = {"name": "Assam", "slug": "assam", "sku": "ASSAM", "price": Decimal("4.50")}
    return Product(category_id=category_id, **usual | facts)


async def write(*rows: Any) -> None:
    """Write rows, and take them back."""
    async with opened() as database, database.session() as session:
        session.add_all(rows)
        await session.flush()


async def write_product(**facts: Any) -> None:
    """Write a product into a category, and take both back."""
    async with opened() as database, database.session() as session:
        category = Category(name="Tea", slug="tea")
        session.add(category)
        await session.flush()
        session.add(product(category.id, **facts))
        await session.flush()


async def delete_what_is_referred_to() -> None:
    """Delete a category that has a product."""
    async with opened() as database, database.session() as session:
        category = Category(name="Tea", slug="tea")
        session.add(category)
        await session.flush()
        session.add(product(category.id))
        await session.flush()
        await session.execute(delete(Category).where(Category.id == category.id))


async def write_what_was_changed_meanwhile() -> None:
    """Write a product that was read before somebody else changed it."""
    name = secrets.token_hex(4)
    async with opened() as database:
        async with database.session() as session:
            category = Category(name=name, slug=name)
            session.add(category)
            await session.flush()
            mine = product(category.id, slug=name, sku=name)
            session.add(mine)
            await session.commit()
        async with database.session() as session:
            await session.execute(update(Product).values(version=Product.version + 1))
            await session.commit()
        async with database.session() as session:
            session.add(mine)
            mine.name = "Darjeeling"
            await session.flush()


async def exhaust_the_pool() -> None:
    """Ask for a connection while the only one is in use."""
    small = {"database_pool_size": 1, "database_pool_timeout": 0.1}
    async with opened(**small) as database, database.session() as first:
        await first.execute(select(1))
        async with database.session() as second:
            await second.execute(select(1))


async def ask_to_write(**changes: Any) -> None:
    """Ask something in a session that may write, with changes to the settings."""
    async with opened(**changes) as database, database.session() as session:
        await session.execute(text("SELECT 1"))


async def ask_to_read(**changes: Any) -> None:
    """Ask something without a session, with changes to the settings."""
    async with opened(**changes) as database:
        await database.fetch_all(select(1))


def unreachable(case: str, expected: type[Exception] = Unavailable, **changes: Any) -> Failures:
    """Give the failures to write and to read at a database that lets nobody in."""
    url = load_settings().database_url.set(**changes)
    return {
        f"{case}, to write": (expected, lambda: ask_to_write(database_url=url)),
        f"{case}, to read": (expected, lambda: ask_to_read(database_url=url)),
    }


EVERYWHERE: Failures = {
    "unique": (Conflict, lambda: write(user("ann"), user("ann"))),
    "foreign key, missing row": (Conflict, lambda: write(product(2**31 - 1))),
    "foreign key, row in use": (Conflict, delete_what_is_referred_to),
    "check": (Invalid, lambda: write_product(price=Decimal(-1))),
    "not null": (Invalid, lambda: write(user(None))),
    "row changed meanwhile": (Retryable, write_what_was_changed_meanwhile),
    "pool exhausted": (Unavailable, exhaust_the_pool),
}
