"""The HTTP contract of products."""

from typing import Any

import pytest

from tests.api.shop import (
    API,
    get,
    make_category,
    make_product,
    make_user,
    place_order,
)
from tests.client import Client

LARGEST = 2**31 - 1


async def test_a_product_is_created_and_read_back(client: Client) -> None:
    tea = await make_category(client)

    more = {"sku": "tea-1", "price": "3.5", "tags": ["Green", "hot"]}
    product = await make_product(client, tea, **more)

    assert product["sku"] == "TEA-1"
    assert product["price"] == "3.50"
    assert product["tags"] == ["green", "hot"]
    assert product["category"]["slug"] == tea["slug"]
    assert await get(client, f"/products/{product['id']}") == product


@pytest.mark.parametrize("field", ["slug", "sku"])
async def test_a_taken_value_is_a_conflict(client: Client, field: str) -> None:
    tea = await make_category(client)
    first = await make_product(client, tea)
    body = {
        "name": "Other",
        "slug": "other",
        "sku": "OTHER",
        "price": "1",
        "category_id": tea["id"],
    }

    response = await client.post(f"{API}/products", json=body | {field: first[field]})

    assert response.status_code == 409
    assert response.json()["fields"] == [field]


async def test_a_name_is_taken_within_its_category_only(client: Client) -> None:
    tea, cups = await make_category(client), await make_category(client, "Cups")
    await make_product(client, tea, name="Basic")

    await make_product(client, cups, name="Basic")
    body = {"name": "Basic", "slug": "b", "sku": "B", "price": "1"}
    body |= {"category_id": tea["id"]}
    response = await client.post(f"{API}/products", json=body)

    assert response.status_code == 409
    assert response.json()["fields"] == ["name", "category_id"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("price", "0"),
        ("price", "-1"),
        ("price", "1.001"),
        ("price", "123456789.00"),
        ("price", "NaN"),
        ("price", "1E+999999999"),
        ("stock_quantity", -1),
        ("stock_quantity", LARGEST + 1),
        ("sku", "no spaces"),
        ("slug", "Not-A-Slug"),
        ("tags", ["two words"]),
    ],
)
async def test_bad_values_are_refused(client: Client, field: str, value: Any) -> None:
    body: dict[str, Any] = {
        "name": "Tea",
        "slug": "tea",
        "sku": "TEA",
        "price": "1",
        "category_id": 1,
    }

    response = await client.post(f"{API}/products", json=body | {field: value})

    assert response.status_code == 422
    assert response.json()["errors"][0]["field"].startswith(f"body.{field}")


async def test_an_unknown_category_is_not_found(client: Client) -> None:
    names = {"name": "Tea", "slug": "tea", "sku": "T"}
    body = names | {"price": "1", "category_id": LARGEST}
    response = await client.post(f"{API}/products", json=body)

    assert response.status_code == 404


async def test_an_edit_changes_what_was_sent(client: Client) -> None:
    tea, cups = await make_category(client), await make_category(client, "Cups")
    product = await make_product(client, tea, tags=["old"])

    changes = {"price": "5.00", "category_id": cups["id"], "tags": ["new"]}
    response = await client.patch(
        f"{API}/products/{product['id']}",
        json=changes | {"version": product["version"]},
    )

    assert response.status_code == 200
    edited = response.json()
    assert edited["price"] == "5.00"
    assert edited["category"]["id"] == cups["id"]
    assert edited["tags"] == ["new"]
    assert edited["name"] == product["name"]
    assert edited["version"] == product["version"] + 1
    assert await get(client, f"/products/{product['id']}") == edited


async def test_the_second_of_two_editors_is_told(client: Client) -> None:
    product = await make_product(client, await make_category(client))
    path, version = f"{API}/products/{product['id']}", product["version"]

    first = await client.patch(path, json={"version": version, "price": "1.00"})
    second = await client.patch(path, json={"version": version, "price": "2.00"})

    assert first.status_code == 200
    assert second.status_code == 409
    assert (await get(client, f"/products/{product['id']}"))["price"] == "1.00"


async def test_a_sale_is_not_an_edit(client: Client) -> None:
    product = await make_product(client, await make_category(client))
    await place_order(client, await make_user(client), (product, 1))

    response = await client.patch(
        f"{API}/products/{product['id']}",
        json={"version": product["version"], "price": "1.00"},
    )

    assert response.status_code == 200
    assert response.json()["stock_quantity"] == 9


async def test_a_product_is_deleted_unless_it_was_ordered(client: Client) -> None:
    tea = await make_category(client)
    old = await make_product(client, tea, tags=["x"])
    sold = await make_product(client, tea)
    await place_order(client, await make_user(client), (sold, 1))

    assert (await client.delete(f"{API}/products/{old['id']}")).status_code == 204
    assert (await client.get(f"{API}/products/{old['id']}")).status_code == 404
    assert (await client.delete(f"{API}/products/{sold['id']}")).status_code == 409


async def test_head_is_refused_where_nothing_can_be_read(client: Client) -> None:
    response = await client.head(f"{API}/products/1/stock")

    assert response.status_code == 405
    assert response.headers["allow"] == "POST"


async def test_stock_changes_within_its_bounds(client: Client) -> None:
    tea = await make_category(client)
    product = await make_product(client, tea, stock_quantity=5)
    full = await make_product(client, tea, stock_quantity=LARGEST)
    path = f"{API}/products/{product['id']}/stock"
    path_of_full = f"{API}/products/{full['id']}/stock"

    taken = await client.post(path, json={"change": -5})
    too_much = await client.post(path, json={"change": -1})
    too_many = await client.post(path_of_full, json={"change": 1})
    unknown = await client.post(f"{API}/products/{LARGEST}/stock", json={"change": 1})

    assert taken.json()["stock_quantity"] == 0
    assert too_much.status_code == 409
    assert too_much.json()["product_id"] == product["id"]
    assert too_many.status_code == 409
    assert unknown.status_code == 404


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["Assam", "Mug", "Sencha"]),
        ("search=ASS", ["Assam"]),
        ("min_price=5&max_price=8", ["Mug"]),
        ("tag=hot", ["Assam", "Sencha"]),
        ("tag=cold", []),
        ("in_stock=false", ["Mug"]),
        ("in_stock=true", ["Assam", "Sencha"]),
        ("sort=-price", ["Sencha", "Mug", "Assam"]),
        ("sort=price&page_size=1&page=2", ["Mug"]),
    ],
)
async def test_a_list_is_filtered_and_sorted(
    client: Client,
    query: str,
    found: list[str],
) -> None:
    tea, cups = await make_category(client), await make_category(client, "Cups")
    await make_product(client, tea, name="Assam", price="4.50", tags=["hot"])
    await make_product(client, cups, name="Mug", price="7.00", stock_quantity=0)
    await make_product(client, tea, name="Sencha", price="9.00", tags=["hot", "green"])

    sort = "" if "sort" in query else "&sort=name"
    page = await get(client, f"/products?{query}{sort}")

    assert [product["name"] for product in page["items"]] == found


async def test_a_list_is_filtered_by_category(client: Client) -> None:
    tea, cups = await make_category(client), await make_category(client, "Cups")
    product = await make_product(client, tea)
    await make_product(client, cups)

    page = await get(client, f"/products?category_id={tea['id']}")

    assert [each["id"] for each in page["items"]] == [product["id"]]


@pytest.mark.parametrize("sort", ["price", "-price", "name", "created_at"])
async def test_cursors_lead_to_each_product_once(client: Client, sort: str) -> None:
    tea = await make_category(client)
    for price in ("2.00", "1.00", "2.00", "3.00", "2.00"):
        await make_product(client, tea, price=price)
    whole = await get(client, f"/products?sort={sort}")

    seen: list[dict[str, Any]] = []
    after: str | None = ""
    while after is not None:
        path = f"/products?sort={sort}&page_size=2&after={after}"
        part = await get(client, path)
        seen += part["items"]
        after = part["next"]

    assert seen == whole["items"]


@pytest.mark.parametrize(
    "query", ["min_price=2&max_price=1", "min_price=NaN", "sort=stock_quantity", "tag="]
)
async def test_a_bad_query_is_refused(client: Client, query: str) -> None:
    assert (await client.get(f"{API}/products?{query}")).status_code == 422


async def test_what_is_low_in_stock_is_found(client: Client) -> None:
    tea = await make_category(client)
    await make_product(client, tea, stock_quantity=11)
    low = await make_product(client, tea, stock_quantity=3)
    await make_product(client, tea, stock_quantity=1, is_active=False)

    page = await get(client, "/products/low-stock?threshold=10")
    bad = await client.get(f"{API}/products/low-stock?sort=version")

    assert [product["id"] for product in page["items"]] == [low["id"]]
    assert bad.status_code == 422
