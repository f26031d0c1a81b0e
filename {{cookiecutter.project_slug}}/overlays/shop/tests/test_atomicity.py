"""Each operation is broken at each of its statements, and must change nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import pytest
from sqlalchemy import event

# {% if cookiecutter.auth != "none" %}
from app.auth.roles import Role
# {% endif %}
from app.database.database import Database
from app.models import metadata
from tests.api.shop import API, make_category, make_product, make_user, place_order
# {% if cookiecutter.auth != "none" %}
from tests.callers import act_as
# {% endif %}
from tests.client import Client


@contextmanager
def breaking(database: Database, at: int) -> Iterator[None]:
    """Raise ZeroDivisionError in place of a statement; the first is number 1."""
    numbers = count(1)

    def fail(_conn: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith("BEGIN") and next(numbers) == at:
            raise ZeroDivisionError

    engine = database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", fail)
    try:
        yield
    finally:
        event.remove(engine, "before_cursor_execute", fail)


async def snapshot(database: Database) -> dict[str, list[Any]]:
    """Return all rows of all tables."""
    rows: dict[str, list[Any]] = {}
    for table in metadata.sorted_tables:
        selected = table.select().order_by(*table.primary_key)
        rows[table.name] = list(await database.fetch_rows(selected))
    return rows


async def succeeds_in_the_end(
    client: Client,
    database: Database,
    method: str,
    path: str,
    body: dict[str, Any],
) -> int:
    """Break the request at each statement, then let it pass; count its statements."""
    before = await snapshot(database)
    for number in count(1):
        try:
            with breaking(database, at=number):
                response = await client.request(method, f"{API}{path}", json=body)
        except ZeroDivisionError:
            assert await snapshot(database) == before
        else:
            assert response.status_code in (200, 201), response.text
            assert await snapshot(database) != before
            return number - 1
    raise AssertionError


@pytest.mark.parametrize("operation", ["place", "cancel", "create", "edit", "import"])
async def test_what_breaks_changes_nothing(
    client: Client,
    database: Database,
    operation: str,
) -> None:
    user, tea = await make_user(client), await make_category(client)
    product = await make_product(client, tea, tags=["old"])
    other = await make_product(client, tea)
    order = await place_order(client, user, (product, 1), (other, 2))
    items = [{"product_id": each["id"], "quantity": 1} for each in (product, other)]
    # {% if cookiecutter.auth != "none" %}
    await act_as(client, user, Role.ADMIN)
    # {% endif %}
    new = {"name": "New", "slug": "new", "sku": "NEW", "price": "1", "tags": ["a", "b"]}
    names = ("bob", "cem")
    users = [{"username": name, "email": f"{name}@example.com"} for name in names]
    requests: dict[str, tuple[str, str, dict[str, Any]]] = {
        "place": ("POST", "/orders", {"user_id": user["id"], "items": items}),
        "cancel": ("PATCH", f"/orders/{order['id']}/status", {"status": "cancelled"}),
        "create": ("POST", "/products", new | {"category_id": tea["id"]}),
        "edit": (
            "PATCH",
            f"/products/{product['id']}",
            {"version": product["version"], "price": "1", "tags": ["new", "newer"]},
        ),
        "import": ("POST", "/users/bulk", {"users": users}),
    }

    number = await succeeds_in_the_end(client, database, *requests[operation])

    print(f"{operation}: {number} statements, broken at each")
    assert number > 0
