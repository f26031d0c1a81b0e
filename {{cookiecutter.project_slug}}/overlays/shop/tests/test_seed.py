"""The shop to look at."""

from sqlalchemy import func, select

from app.catalog.models import Category, Product
from app.database.base import Base
from app.database.database import Database
from app.orders.models import Order
from app.seed import ORDERS, seed


async def count(database: Database, model: type[Base]) -> int:
    counted = select(func.count()).select_from(model)
    [[number]] = await database.fetch_rows(counted)
    return number


async def test_seeding_again_adds_only_what_is_missing(database: Database) -> None:
    advanced: list[int] = []

    await seed(database, 20, advanced.append)
    categories = await count(database, Category)
    await seed(database, 30, advanced.append)

    assert await count(database, Product) == 30
    assert await count(database, Category) == categories
    assert await count(database, Order) == ORDERS
    assert advanced == [20, 30]
