"""The operations under load, and their requests to a generated service."""

import json
from dataclasses import dataclass

from benchmarks.load import Request

API = "/api/v1"
CONNECTIONS = 32
CROWD = 256  # many more connections than any pool has


@dataclass(frozen=True)
class Operation:
    """An operation that clients request."""

    name: str
    title: str
    request: Request
    connections: int = CONNECTIONS
    # Multiplies the seconds of load, because each client of a crowd waits for long.
    windows: int = 1

    @property
    def may_refuse(self) -> bool:
        """Whether 503 is a valid answer, which it is for more clients than can be served."""
        return self.connections > CONNECTIONS


def order(lines: int) -> Request:
    """Return the request for an order of a number of products."""
    line = {"product_id": "{id}", "quantity": 1}
    body = json.dumps({"user_id": "{id}", "items": [line] * lines})
    # Ids in JSON are numbers, not texts.
    return Request("POST", f"{API}/orders", body.replace('"{id}"', "{id}"))


USER = Request("GET", f"{API}/users/{{id}}")
ORDER = order(lines=3)
# The only insert of a single row that does not hash a password.
CATEGORY = Request(
    "POST", f"{API}/categories", '{"name": "Category {n}", "slug": "category-{run}-{n}"}'
)

OPERATIONS = (
    Operation("user", "GET one user", USER),
    Operation("users", "GET 20 users by cursor", Request("GET", f"{API}/users?after=")),
    Operation(
        "products",
        "GET 20 products by cursor, with category and tags",
        Request("GET", f"{API}/products?after="),
    ),
    Operation(
        "products-page",
        "GET 20 products by page, with category and tags, and the number of all",
        Request("GET", f"{API}/products"),
    ),
    Operation("category", "POST one category", CATEGORY),
    Operation("order", "POST an order of 3 products", ORDER),
    Operation("user-256", f"GET one user, {CROWD} clients", USER, CROWD, windows=3),
    Operation(
        "order-256", f"POST an order of 3 products, {CROWD} clients", ORDER, CROWD, windows=3
    ),
)
BY_NAME = {operation.name: operation for operation in OPERATIONS}
