"""What the tables allow, whatever the code above them does."""

import pytest
from sqlalchemy import delete, insert, select

from app.database.session import Database
from app.errors import Conflict, Invalid
from app.orders.models import Order, OrderItem
from app.users.models import User
from tests.api.shop import make_category, make_product, make_user, place_order
from tests.client import Client


async def test_a_user_with_orders_cannot_be_deleted(
    client: Client,
    database: Database,
) -> None:
    product = await make_product(client, await make_category(client))
    await place_order(client, await make_user(client), (product, 1))

    with pytest.raises(Conflict):
        await delete_all(database, User)


async def test_the_items_of_a_deleted_order_go_with_it(
    client: Client,
    database: Database,
) -> None:
    product = await make_product(client, await make_category(client))
    await place_order(client, await make_user(client), (product, 1))

    await delete_all(database, Order)

    assert await database.fetch_all(select(OrderItem.order_id)) == []


@pytest.mark.parametrize("quantity", [0, -1])
async def test_a_check_is_not_an_outage(
    client: Client,
    database: Database,
    quantity: int,
) -> None:
    product = await make_product(client, await make_category(client))
    other = await make_product(client, product["category"])
    order = await place_order(client, await make_user(client), (product, 1))
    row = {
        "order_id": order["id"],
        "product_id": other["id"],
        "quantity": quantity,
        "unit_price": 1,
        "total_price": 1,
    }

    with pytest.raises(Invalid):
        await insert_item(database, row)


async def delete_all(database: Database, model: type[User] | type[Order]) -> None:
    async with database.session() as session:
        await session.execute(delete(model))
        await session.commit()


async def insert_item(database: Database, row: dict[str, int]) -> None:
    async with database.session() as session:
        await session.execute(insert(OrderItem), [row])
        await session.commit()
