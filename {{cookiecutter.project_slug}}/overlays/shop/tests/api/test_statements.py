"""How many statements a request takes: the same for one row and for many."""

import pytest

from app.database.database import Database
from tests.api.shop import get, make_category, make_product, make_user, place_order
from tests.client import Client
from tests.statements import counted


@pytest.mark.parametrize("number", [1, 50])
async def test_lists_take_the_same_for_any_number_of_rows(
    client: Client,
    database: Database,
    number: int,
) -> None:
    user, tea = await make_user(client), await make_category(client)
    products = []
    for each in range(number):
        products.append(await make_product(client, tea, tags=["hot", f"tag-{each}"]))
    lines = [(product, 1) for product in products]
    order = await place_order(client, user, *lines)
    parent = tea
    for _ in range(min(number, 10)):
        parent = await make_category(client, "Deeper", parent_id=parent["id"])

    most = {
        "/products?page_size=100": 2,
        "/products?page_size=100&after=": 1,
        "/products/low-stock": 2,
        f"/products/{products[0]['id']}": 1,
        f"/orders/{order['id']}": 1,
        "/orders": 2,
        "/categories": 1,
        "/categories/stats": 1,
        f"/categories/{tea['id']}": 2,
        "/orders/stats": 1,
        "/orders/top-spenders": 1,
        "/orders/best-sellers": 1,
    }
    for path, budget in most.items():
        with counted() as statements:
            await get(client, path)
        print(f"{number:3} rows: {len(statements)} statements for GET {path}")
        assert len(statements) <= budget, statements


@pytest.mark.parametrize("number", [1, 100])
async def test_an_import_takes_one_statement(
    client: Client,
    database: Database,
    number: int,
) -> None:
    users = [
        {"username": f"user_{each}", "email": f"user{each}@example.com"}
        for each in range(number)
    ]

    with counted() as statements:
        response = await client.post("/api/v1/users/bulk", json={"users": users})

    assert response.status_code == 201
    assert len(statements) == 1
