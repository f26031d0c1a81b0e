"""Creates over HTTP what the tests of the shop need."""

from itertools import count
from typing import Any

# {% if cookiecutter.auth != "none" %}
from tests.callers import headers_of
# {% endif %}
from tests.client import Client

API = "/api/v1"
_numbers = count(1)


async def post(client: Client, path: str, **body: Any) -> dict[str, Any]:
    """Post, expect 201, and return the answer."""
    response = await client.post(f"{API}{path}", json=body)
    assert response.status_code == 201, response.text
    answer: dict[str, Any] = response.json()
    return answer


async def get(client: Client, path: str) -> Any:
    """Get, expect 200, and return the answer."""
    response = await client.get(f"{API}{path}")
    assert response.status_code == 200, response.text
    return response.json()


async def make_user(client: Client, username: str = "ann") -> dict[str, Any]:
    email = f"{username}@example.com"
    # {% if cookiecutter.auth == "oidc" %}
    body = {"username": username, "email": email}
    # {% else %}
    body = {"username": username, "email": email, "password": "correct horse"}
    # {% endif %}
    return await post(client, "/users", **body)


async def make_category(
    client: Client, name: str = "Tea", **more: Any
) -> dict[str, Any]:
    slug = f"category-{next(_numbers)}"
    return await post(client, "/categories", **{"name": name, "slug": slug} | more)


async def make_product(
    client: Client,
    category: dict[str, Any],
    **more: Any,
) -> dict[str, Any]:
    number = next(_numbers)
    body = {
        "name": f"Product {number}",
        "slug": f"product-{number}",
        "sku": f"SKU-{number}",
        "price": "9.99",
        "stock_quantity": 10,
        "category_id": category["id"],
    }
    return await post(client, "/products", **body | more)


async def place_order(
    client: Client,
    user: dict[str, Any],
    *lines: tuple[dict[str, Any], int],
) -> dict[str, Any]:
    items = [
        {"product_id": product["id"], "quantity": quantity}
        for product, quantity in lines
    ]
    # {% if cookiecutter.auth != "none" %}
    body, headers = {"items": items}, await headers_of(client, user["username"])
    response = await client.post(f"{API}/orders", json=body, headers=headers)
    assert response.status_code == 201, response.text
    order: dict[str, Any] = response.json()
    return order
    # {% else %}
    return await post(client, "/orders", user_id=user["id"], items=items)
    # {% endif %}


async def stock_of(client: Client, product: dict[str, Any]) -> int:
    read = await get(client, f"/products/{product['id']}")
    stock: int = read["stock_quantity"]
    return stock
