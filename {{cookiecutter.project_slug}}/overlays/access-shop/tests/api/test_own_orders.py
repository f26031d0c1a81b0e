"""Orders belong to who placed them; staff see and move on those of everybody."""

from typing import Any

import pytest

from app.auth.roles import Role
from app.database.database import Database
from tests.api.shop import API, make_category, make_product, make_user, place_order
from tests.callers import headers_in_role, headers_of
from tests.client import Client
from tests.statements import counted


@pytest.fixture
async def orders(client: Client) -> list[dict[str, Any]]:
    """An order of Ann, and one of Bob."""
    product = await make_product(client, await make_category(client))
    ann, bob = await make_user(client), await make_user(client, "bob")
    return [await place_order(client, user, (product, 1)) for user in (ann, bob)]


async def change(
    client: Client, order: dict[str, Any], status: str, headers: dict[str, str]
) -> int:
    """Change the status of an order, and return the status code of the answer."""
    url, body = f"{API}/orders/{order['id']}/status", {"status": status}
    return (await client.patch(url, json=body, headers=headers)).status_code


async def test_orders_of_others_are_not_found(
    client: Client, orders: list[dict[str, Any]]
) -> None:
    own, others = orders
    ann = await headers_of(client, "ann")

    read = await client.get(f"{API}/orders/{own['id']}", headers=ann)
    hidden = await client.get(f"{API}/orders/{others['id']}", headers=ann)
    user = f"{API}/users/{others['user_id']}/orders"

    assert read.json() == own
    assert hidden.status_code == 404
    assert await change(client, others, "cancelled", ann) == 404
    assert (await client.get(user, headers=ann)).status_code == 404


async def test_customers_list_their_own_orders(
    client: Client, orders: list[dict[str, Any]]
) -> None:
    own, others = orders
    ann = await headers_of(client, "ann")

    page = (await client.get(f"{API}/orders", headers=ann)).json()
    of_bob = f"{API}/orders?user_id={others['user_id']}"

    assert [order["id"] for order in page["items"]] == [own["id"]]
    assert (await client.get(of_bob, headers=ann)).status_code == 403


async def test_customers_cancel_and_staff_move_on(
    client: Client, database: Database, orders: list[dict[str, Any]]
) -> None:
    own, others = orders
    ann = await headers_of(client, "ann")
    staff = await headers_in_role(client, database, Role.STAFF)

    assert await change(client, own, "confirmed", ann) == 403
    assert await change(client, own, "cancelled", ann) == 200
    assert await change(client, others, "confirmed", staff) == 200
    page = (await client.get(f"{API}/orders", headers=staff)).json()
    assert [order["status"] for order in page["items"]] == ["cancelled", "confirmed"]


async def test_an_access_token_takes_no_statement_to_read(
    client: Client, orders: list[dict[str, Any]]
) -> None:
    ann = await headers_of(client, "ann")

    with counted() as statements:
        response = await client.get(f"{API}/orders/{orders[0]['id']}", headers=ann)

    assert response.status_code == 200
    assert len(statements) == 1
