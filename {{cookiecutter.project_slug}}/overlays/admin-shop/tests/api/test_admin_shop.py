"""The pages of the shop keep the rules of its services."""

from typing import Any

import pytest
from fastapi import FastAPI

from app.auth.roles import Role
from app.database.database import Database
from tests.api.shop import API, make_category, make_product, make_user, place_order
from tests.browser import browser_of, create_user, enter, error_of
from tests.client import Client

CREATE = "/admin/product/create"
PRODUCTS = "/admin/product/list"


@pytest.fixture
async def admin(app: FastAPI, database: Database) -> Client:
    """A browser in which an admin is signed in."""
    browser = browser_of(app)
    await enter(browser, await create_user(database, Role.ADMIN))
    return browser


def form_of(category: dict[str, Any], **changes: str) -> dict[str, str]:
    """Return the form of a product."""
    form = {
        "name": "Assam",
        "slug": "assam",
        "sku": "ASSAM-1",
        "description": "",
        "price": "4.50",
        "stock_quantity": "10",
        "is_active": "y",
        "category_id": f"{category['id']}",
        "save": "Save",
    }
    return form | changes


async def test_a_product_is_created_and_found(admin: Client, client: Client) -> None:
    category = await make_category(client)

    created = await admin.post(CREATE, data=form_of(category))

    assert created.headers["location"].endswith(PRODUCTS)
    assert "ASSAM-1" in (await admin.get(f"{PRODUCTS}?search=assam")).text
    assert "ASSAM-1" not in (await admin.get(f"{PRODUCTS}?search=darjeeling")).text
    [product] = (await client.get(f"{API}/products")).json()["items"]
    assert product["price"] == "4.50"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"slug": "other", "name": "Other"}, "This sku is taken."),
        ({"sku": "B", "name": "Other"}, "This slug is taken."),
        ({"sku": "C", "slug": "c", "price": "-1"}, "price: "),
        ({"sku": "D", "slug": "d", "category_id": "99999"}, "There is no category"),
    ],
    ids=str,
)
async def test_what_the_catalog_refuses_is_said_in_the_form(
    admin: Client, client: Client, changes: dict[str, str], sentence: str
) -> None:
    category = await make_category(client)
    await admin.post(CREATE, data=form_of(category))

    refused = await admin.post(CREATE, data=form_of(category, **changes))

    assert refused.status_code == 400
    assert error_of(refused.text).startswith(sentence)
    assert len((await client.get(f"{API}/products")).json()["items"]) == 1


async def test_nobody_overwrites_what_was_edited_meanwhile(
    admin: Client, client: Client
) -> None:
    category = await make_category(client)
    product = await make_product(client, category)
    url = f"/admin/product/edit/{product['id']}"
    form = form_of(category, version=f"{product['version']}")

    first = await admin.post(url, data=form)
    second = await admin.post(url, data=form | {"name": "Darjeeling"})

    assert first.status_code == 302
    assert second.status_code == 400
    assert "is at version" in error_of(second.text)
    edited = (await client.get(f"{API}/products/{product['id']}")).json()
    assert edited["name"] == "Assam"
    assert edited["stock_quantity"] == product["stock_quantity"]


async def test_a_category_is_not_put_below_itself(
    admin: Client, client: Client
) -> None:
    category = await make_category(client)
    form = {"name": "Tea", "slug": "tea", "parent_id": f"{category['id']}"}

    url = f"/admin/category/edit/{category['id']}"
    refused = await admin.post(url, data=form)

    assert refused.status_code == 400
    assert error_of(refused.text)


async def test_an_order_that_is_cancelled_returns_the_stock(
    admin: Client, client: Client
) -> None:
    product = await make_product(client, await make_category(client))
    order = await place_order(client, await make_user(client), (product, 1))
    url = f"/admin/order/edit/{order['id']}"

    refused = await admin.post(url, data={"status": "delivered"})
    cancelled = await admin.post(url, data={"status": "cancelled"})

    assert refused.status_code == 400
    assert "cannot become" in error_of(refused.text)
    assert cancelled.status_code == 302
    now = (await client.get(f"{API}/products/{product['id']}")).json()
    assert now["stock_quantity"] == product["stock_quantity"]
    for page in ("order", "order-item"):
        assert (await admin.get(f"/admin/{page}/list")).status_code == 200


async def test_what_was_ordered_is_not_deleted(admin: Client, client: Client) -> None:
    product = await make_product(client, await make_category(client))
    await place_order(client, await make_user(client), (product, 1))

    answer = await admin.delete(f"/admin/product/delete?pks={product['id']}")

    assert "refers+to+it" in answer.text or "refers%20to%20it" in answer.text
    assert len((await client.get(f"{API}/products")).json()["items"]) == 1


async def test_a_tag_has_plain_pages(admin: Client) -> None:
    for expected in (302, 400):
        answer = await admin.post("/admin/tag/create", data={"name": "black"})
        assert answer.status_code == expected
    assert error_of(answer.text) == "This name is taken."
    assert "black" in (await admin.get("/admin/tag/list?search=bla")).text
