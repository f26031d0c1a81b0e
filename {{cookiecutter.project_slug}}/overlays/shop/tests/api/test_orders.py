"""The HTTP contract of orders."""

import re
from decimal import Decimal
from typing import Any

import pytest

# {% if cookiecutter.auth != "none" %}
from app.auth.roles import Role
# {% endif %}
from app.orders import service
from tests.api.shop import (
    API,
    get,
    make_category,
    make_product,
    make_user,
    place_order,
    stock_of,
)
# {% if cookiecutter.auth != "none" %}
from tests.callers import act_as
# {% endif %}
from tests.client import Client

LARGEST = 2**31 - 1


async def change_status(client: Client, order: dict[str, Any], status: str) -> int:
    """Change the status, and return the status code of the answer."""
    path = f"{API}/orders/{order['id']}/status"
    response = await client.patch(path, json={"status": status})
    return response.status_code


async def test_an_order_takes_stock_and_adds_up(client: Client) -> None:
    user, tea = await make_user(client), await make_category(client)
    assam = await make_product(client, tea, price="0.10", stock_quantity=5)
    sencha = await make_product(client, tea, price="0.20", stock_quantity=5)

    order = await place_order(client, user, (sencha, 1), (assam, 3))

    assert re.fullmatch(r"ORD-\d{14}-[0-9A-F]{8}", order["order_number"])
    assert order["status"] == "pending"
    assert order["total_amount"] == "0.50"
    assert order["items"] == [
        {
            "product_id": assam["id"],
            "quantity": 3,
            "unit_price": "0.10",
            "total_price": "0.30",
        },
        {
            "product_id": sencha["id"],
            "quantity": 1,
            "unit_price": "0.20",
            "total_price": "0.20",
        },
    ]
    assert await get(client, f"/orders/{order['id']}") == order
    assert await stock_of(client, assam) == 2


async def test_a_product_named_twice_is_ordered_once(client: Client) -> None:
    user, tea = await make_user(client), await make_category(client)
    assam = await make_product(client, tea, stock_quantity=5)

    order = await place_order(client, user, (assam, 2), (assam, 3))

    assert [item["quantity"] for item in order["items"]] == [5]
    assert await stock_of(client, assam) == 0


async def test_an_order_that_cannot_be_filled_changes_nothing(client: Client) -> None:
    user, tea = await make_user(client), await make_category(client)
    plenty = await make_product(client, tea, stock_quantity=5)
    scarce = await make_product(client, tea, stock_quantity=1)
    items = [
        {"product_id": plenty["id"], "quantity": 2},
        {"product_id": scarce["id"], "quantity": 2},
    ]

    # {% if cookiecutter.auth != "none" %}
    await act_as(client, user, Role.ADMIN)
    # {% endif %}
    body = {"user_id": user["id"], "items": items}
    response = await client.post(f"{API}/orders", json=body)

    assert response.status_code == 409
    assert response.json()["product_id"] == scarce["id"]
    assert await stock_of(client, plenty) == 5
    assert (await get(client, "/orders"))["total"] == 0


async def test_only_what_is_for_sale_can_be_ordered(client: Client) -> None:
    user, tea = await make_user(client), await make_category(client)
    hidden = await make_product(client, tea, is_active=False)
    # {% if cookiecutter.auth != "none" %}
    await act_as(client, user, Role.ADMIN)
    # {% endif %}
    body: dict[str, Any] = {"user_id": user["id"]}

    inactive = {"items": [{"product_id": hidden["id"], "quantity": 1}]}
    unknown = {"items": [{"product_id": LARGEST, "quantity": 1}]}

    refused = await client.post(f"{API}/orders", json=body | inactive)
    assert refused.status_code == 409
    missing = await client.post(f"{API}/orders", json=body | unknown)
    assert missing.status_code == 404


# {% if cookiecutter.auth == "none" %}
async def test_only_active_users_order(client: Client) -> None:
    user = await make_user(client)
    product = await make_product(client, await make_category(client))
    await client.delete(f"{API}/users/{user['id']}")
    items = [{"product_id": product["id"], "quantity": 1}]

    inactive = {"user_id": user["id"], "items": items}
    refused = await client.post(f"{API}/orders", json=inactive)
    unknown = {"user_id": LARGEST, "items": items}
    missing = await client.post(f"{API}/orders", json=unknown)

    assert refused.status_code == 409
    assert missing.status_code == 404


# {% endif %}
@pytest.mark.parametrize(
    "items",
    [
        [],
        [{"product_id": 1, "quantity": 0}],
        [{"product_id": 1, "quantity": 10_001}],
        [{"product_id": 0, "quantity": 1}],
        [{"product_id": 1, "quantity": 1}] * 101,
    ],
)
async def test_a_bad_order_is_refused(
    client: Client, items: list[dict[str, int]]
) -> None:
    response = await client.post(f"{API}/orders", json={"user_id": 1, "items": items})

    assert response.status_code == 422


async def test_an_order_takes_one_step_after_the_other(client: Client) -> None:
    product = await make_product(client, await make_category(client))
    order = await place_order(client, await make_user(client), (product, 1))

    assert await change_status(client, order, "shipped") == 409
    assert await change_status(client, order, "confirmed") == 200
    assert await change_status(client, order, "shipped") == 200
    assert await change_status(client, order, "cancelled") == 409
    assert await change_status(client, order, "delivered") == 200
    assert await change_status(client, order, "pending") == 409
    assert await change_status(client, order, "lost") == 422
    read = await get(client, f"/orders/{order['id']}")
    assert read["status"] == "delivered"


async def test_cancelling_gives_the_stock_back_once(client: Client) -> None:
    product = await make_product(client, await make_category(client), stock_quantity=5)
    order = await place_order(client, await make_user(client), (product, 3))

    assert await change_status(client, order, "cancelled") == 200
    assert await change_status(client, order, "cancelled") == 409

    assert await stock_of(client, product) == 5


@pytest.mark.parametrize("method", ["GET", "PATCH"])
async def test_an_unknown_order_is_not_found(client: Client, method: str) -> None:
    path = f"{API}/orders/{LARGEST}" + ("/status" if method == "PATCH" else "")
    response = await client.request(method, path, json={"status": "confirmed"})

    assert response.status_code == 404


async def test_orders_are_listed_and_filtered(client: Client) -> None:
    ann, bob = await make_user(client), await make_user(client, "bob")
    product = await make_product(client, await make_category(client))
    first = await place_order(client, ann, (product, 1))
    second = await place_order(client, bob, (product, 1))
    await change_status(client, second, "confirmed")

    async def ids(path: str) -> list[int]:
        return [order["id"] for order in (await get(client, path))["items"]]

    assert await ids("/orders") == [first["id"], second["id"]]
    assert await ids(f"/orders?user_id={bob['id']}") == [second["id"]]
    assert await ids("/orders?status=pending") == [first["id"]]
    assert await ids("/orders?after=&sort=-id&page_size=1") == [second["id"]]
    assert await ids(f"/users/{ann['id']}/orders") == [first["id"]]
    assert (await client.get(f"{API}/users/{LARGEST}/orders")).status_code == 404


async def test_statistics_leave_out_what_was_cancelled(client: Client) -> None:
    ann, bob = await make_user(client), await make_user(client, "bob")
    tea = await make_category(client)
    cheap = await make_product(client, tea, price="1.10")
    dear = await make_product(client, tea, price="20.00")
    await place_order(client, ann, (cheap, 3))
    await place_order(client, bob, (dear, 1), (cheap, 1))
    cancelled = await place_order(client, ann, (dear, 5))
    await change_status(client, cancelled, "cancelled")

    stats = await get(client, "/orders/stats")
    spenders = await get(client, "/orders/top-spenders?limit=1")
    sellers = await get(client, "/orders/best-sellers")

    assert stats["count"] == 3
    assert Decimal(stats["revenue"]) == Decimal("24.40")
    assert stats["by_status"] == {"pending": 2, "cancelled": 1}
    assert [each["username"] for each in spenders] == ["bob"]
    assert Decimal(spenders[0]["spent"]) == Decimal("21.10")
    assert [(each["sku"], each["units_sold"]) for each in sellers] == [
        (cheap["sku"], 4),
        (dear["sku"], 1),
    ]


async def test_statistics_of_no_orders(client: Client) -> None:
    stats = await get(client, "/orders/stats")

    assert stats["count"] == 0
    assert Decimal(stats["revenue"]) == 0


async def test_an_order_survives_the_loss_of_its_notification(
    client: Client,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(service, "message_for", lambda _order: None)  # NOT NULL
    product = await make_product(client, await make_category(client))

    order = await place_order(client, await make_user(client), (product, 1))

    assert await get(client, f"/orders/{order['id']}") == order
    assert await stock_of(client, product) == 9


async def test_an_order_that_fails_half_way_leaves_nothing(
    client: Client,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(service, "message_for", lambda _order: 1 / 0)
    user = await make_user(client)
    product = await make_product(client, await make_category(client))

    with pytest.raises(ZeroDivisionError):
        await place_order(client, user, (product, 1))

    assert await stock_of(client, product) == 10
    assert (await get(client, "/orders"))["total"] == 0
