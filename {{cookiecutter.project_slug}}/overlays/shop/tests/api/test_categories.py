"""The HTTP contract of categories."""

from app.catalog.tree import MAX_DEPTH
from tests.api.shop import API, get, make_category, make_product
from tests.client import Client


async def test_a_category_is_created_and_read_back(client: Client) -> None:
    tea = await make_category(client, "Tea", description="Leaves.")

    read = await get(client, f"/categories/{tea['id']}")

    assert read == tea | {"products": []}


async def test_a_taken_slug_is_a_conflict(client: Client) -> None:
    tea = await make_category(client, "Tea")

    body = {"name": "Other", "slug": tea["slug"]}
    response = await client.post(f"{API}/categories", json=body)

    assert response.status_code == 409
    assert response.json()["fields"] == ["slug"]


async def test_categories_form_a_tree(client: Client) -> None:
    tea = await make_category(client, "Tea")
    green = await make_category(client, "Green", parent_id=tea["id"])
    await make_category(client, "Sencha", parent_id=green["id"])
    await make_category(client, "Black", parent_id=tea["id"])
    await make_category(client, "Cups")

    tree = await get(client, "/categories")

    assert [top["name"] for top in tree] == ["Cups", "Tea"]
    assert [child["name"] for child in tree[1]["children"]] == ["Black", "Green"]
    assert tree[1]["children"][1]["children"][0]["name"] == "Sencha"


async def test_an_unknown_parent_is_not_found(client: Client) -> None:
    body = {"name": "Tea", "slug": "tea", "parent_id": 2147483647}
    response = await client.post(f"{API}/categories", json=body)

    assert response.status_code == 404


async def test_a_category_moves_but_not_below_itself(client: Client) -> None:
    tea = await make_category(client, "Tea")
    green = await make_category(client, "Green", parent_id=tea["id"])
    path = f"{API}/categories/{tea['id']}"

    cycle = await client.patch(path, json={"parent_id": green["id"]})
    own = await client.patch(path, json={"parent_id": tea["id"]})
    top = await client.patch(
        f"{API}/categories/{green['id']}",
        json={"parent_id": None},
    )

    assert cycle.status_code == 409
    assert own.status_code == 409
    assert top.json()["parent_id"] is None


async def test_the_tree_has_a_greatest_depth(client: Client) -> None:
    deepest = await make_category(client)
    for _ in range(MAX_DEPTH - 1):
        deepest = await make_category(client, parent_id=deepest["id"])
    other = await make_category(client)
    below = await make_category(client, parent_id=other["id"])

    body = {"name": "Deep", "slug": "deep", "parent_id": deepest["id"]}
    added = await client.post(f"{API}/categories", json=body)
    path = f"{API}/categories/{other['id']}"
    moved = await client.patch(path, json={"parent_id": deepest["parent_id"]})
    fits = await client.patch(
        f"{API}/categories/{below['id']}", json={"parent_id": deepest["parent_id"]}
    )

    assert (added.status_code, moved.status_code) == (409, 409)
    assert fits.status_code == 200
    assert len(await get(client, "/categories")) == 2


async def test_deleting_moves_the_categories_below_to_the_top(client: Client) -> None:
    tea = await make_category(client, "Tea")
    green = await make_category(client, "Green", parent_id=tea["id"])

    response = await client.delete(f"{API}/categories/{tea['id']}")

    assert response.status_code == 204
    assert (await get(client, f"/categories/{green['id']}"))["parent_id"] is None


async def test_a_category_with_products_stays(client: Client) -> None:
    tea = await make_category(client, "Tea")
    product = await make_product(client, tea)

    response = await client.delete(f"{API}/categories/{tea['id']}")

    assert response.status_code == 409
    read = await get(client, f"/categories/{tea['id']}")
    assert [each["id"] for each in read["products"]] == [product["id"]]


async def test_statistics_of_prices(client: Client) -> None:
    tea = await make_category(client, "Tea")
    await make_category(client, "Cups")
    await make_product(client, tea, price="1.10")
    await make_product(client, tea, price="2.20")

    cups, teas = await get(client, "/categories/stats")

    assert cups["products"] == 0
    assert cups["average_price"] is None
    assert teas["products"] == 2
    assert teas["min_price"] == "1.10"
    assert teas["max_price"] == "2.20"
    assert float(teas["average_price"]) == 1.65
