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

from .common import begun, has_sessions, insert_row, opened

Case = Callable[[], Any]
Failures = dict[str, tuple[type[Exception], Case]]


class Missing(Exception):
    """The server in use cannot fail like that."""


class Fault(Exception):
    """The service takes it for a fault of the code: a 500, which is logged."""


async def add_user(transaction: Any, username: str | None, **facts: Any) -> int:
    """Insert a user, and return the id."""
    usual = {"email": f"{username}@example.com", "hashed_password": "x"}
    return await insert_row(transaction, User, username=username, **usual | facts)


async def add_category(transaction: Any) -> int:
    """Insert a category, and return the id."""
    name = secrets.token_hex(4)
    return await insert_row(transaction, Category, name=name, slug=name)


async def add_product(transaction: Any, category_id: int, **facts: Any) -> int:
    """Insert a product, with other facts than usual, and return the id."""
    name = secrets.token_hex(4)
    usual = {"name": name, "slug": name, "sku": name, "price": Decimal("4.50")}
    return await insert_row(transaction, Product, category_id=category_id, **usual | facts)


async def write_user(username: str | None) -> None:
    """Write a user, and roll back."""
    async with opened() as database, begun(database) as transaction:
        await add_user(transaction, username)


async def write_a_user_twice() -> None:
    """Write two users of one name."""
    async with opened() as database, begun(database) as transaction:
        await add_user(transaction, "ann")
        await add_user(transaction, "ann")


async def write_product(**facts: Any) -> None:
    """Write a product into a category, and roll both back."""
    async with opened() as database, begun(database) as transaction:
        await add_product(transaction, await add_category(transaction), **facts)


async def refer_to_what_is_not_there() -> None:
    """Write a product of a category that there is none of."""
    async with opened() as database, begun(database) as transaction:
        await add_product(transaction, 2**31 - 1)


async def delete_what_is_referred_to() -> None:
    """Delete a category that has a product."""
    async with opened() as database, begun(database) as transaction:
        category_id = await add_category(transaction)
        await add_product(transaction, category_id)
        await transaction.execute(delete(Category).where(Category.id == category_id))


async def change_what_was_changed_meanwhile() -> None:
    """Change a product that was loaded before somebody else changed it.

    The ORM notices; whoever writes SQL looks at the number of rows.
    """
    if not has_sessions():
        raise Missing
    async with opened() as database, begun(database) as session:
        product_id = await add_product(session, await add_category(session))
        mine = await session.get(Product, product_id)
        newer = {"version": Product.version + 1}
        await session.execute(update(Product.__table__).values(newer))
        mine.name = "Darjeeling"
        await session.flush()


async def exhaust_the_pool() -> None:
    """Ask for a connection while the only one is in use."""
    small = {"database_pool_size": 1, "database_pool_timeout": 0.1}
    async with opened(**small) as database, begun(database) as first:
        await first.execute(select(1))
        async with begun(database) as second:
            await second.execute(select(1))


async def ask_to_write(**changes: Any) -> None:
    """Ask something where one may write, with changes to the settings."""
    async with opened(**changes) as database, begun(database) as transaction:
        await transaction.execute(text("SELECT 1"))


async def ask_to_read(**changes: Any) -> None:
    """Ask something where one may read, with changes to the settings."""
    async with opened(**changes) as database:
        await database.fetch_rows(select(1))


def unreachable(case: str, expected: type[Exception] = Unavailable, **changes: Any) -> Failures:
    """Return the failures to write and to read at a database that lets nobody in."""
    url = load_settings().database_url.set(**changes)
    return {
        f"{case}, to write": (expected, lambda: ask_to_write(database_url=url)),
        f"{case}, to read": (expected, lambda: ask_to_read(database_url=url)),
    }


EVERYWHERE: Failures = {
    "unique": (Conflict, write_a_user_twice),
    "foreign key, missing row": (Conflict, refer_to_what_is_not_there),
    "foreign key, row in use": (Conflict, delete_what_is_referred_to),
    "check": (Invalid, lambda: write_product(price=Decimal(-1))),
    "not null": (Invalid, lambda: write_user(None)),
    "row changed meanwhile": (Retryable, change_what_was_changed_meanwhile),
    "pool exhausted": (Unavailable, exhaust_the_pool),
}
