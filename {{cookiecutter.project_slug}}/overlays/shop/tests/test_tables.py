"""What the tables allow, whatever the code above them does."""

import pytest
from sqlalchemy import delete, insert, select

from app.database.database import Database
from app.errors import Conflict, Invalid
from app.orders.models import Order, OrderItem
from app.users.models import User
from tests.api.shop import make_category, make_product, make_user, place_order
from tests.client import Client
from tests.databases import execute


async def test_a_user_with_orders_cannot_be_deleted(
    client: Client,
    database: Database,
) -> None:
    product = await make_product(client, await make_category(client))
    await place_order(client, await make_user(client), (product, 1))

    with pytest.raises(Conflict):
        await execute(database, delete(User))


async def test_the_items_of_a_deleted_order_go_with_it(
    client: Client,
    database: Database,
) -> None:
    product = await make_product(client, await make_category(client))
    await place_order(client, await make_user(client), (product, 1))

    await execute(database, delete(Order))

    assert await database.fetch_rows(select(OrderItem.order_id)) == []


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
        await execute(database, insert(OrderItem).values(**row))
