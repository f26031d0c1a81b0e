"""How often a request waits for the database: a budget for each, whatever the driver.

Speed is not tested, since it says as much of the machine as of the code. Round trips are
what most of it is made of, and they are the same everywhere.
``pytest -m "" tests/test_round_trips.py`` shows them at its end.
"""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.combinations import COMBINATIONS, Combination, in_turn, one_per_driver
from tests.figures import RecordProperty
from tests.installed import call, install
from tests.proxy import RoundTrips, counting_proxy

# The two styles of each driver meet different servers.
SHOPS = [each for each in COMBINATIONS if each.sample == "shop" and each.server]

POOLED = [
    each
    for each in SHOPS
    if (each.concurrency, each.driver, each.data_access)
    in (
        ("async", "asyncpg", "repository"),
        ("async", "psycopg", "dao"),
        ("sync", "psycopg2", "repository"),
    )
]

# Round trips, at most, in each style. BEGIN and COMMIT are two of those of what writes.
EITHER_STYLE = {
    "GET one": 1,
    "list with relations": 1,
    "page with relations and total": 2,
    "POST": 3,
    "order status": 4,
}
ORDERS = ("order of 1", "order of 10", "order of 100")
BUDGETS = {
    "repository": EITHER_STYLE | dict.fromkeys(ORDERS, 10),
    "dao": EITHER_STYLE | dict.fromkeys(ORDERS, 11),
}

# Behind a pooler in transaction mode. Most drivers need no more there: asyncpg begins and
# ends a transaction for a read, and prepares every statement, unless the pooler keeps them.
KEPT = "prepared_statement_cache_size=100"
POOLED_ASYNCPG = {
    "GET one": 4,
    "list with relations": 4,
    "page with relations and total": 8,
    "POST": 4,
    "order status": 6,
    **dict.fromkeys(ORDERS, 18),
}
KEPT_ASYNCPG = {
    **EITHER_STYLE,
    "GET one": 3,
    "list with relations": 3,
    "page with relations and total": 6,
    **dict.fromkeys(ORDERS, 11),
}

WARM_UP = 8  # requests: psycopg prepares a statement when it meets it the sixth time


class Client:
    """Sends the requests that have a budget."""

    def __init__(self, service: str, mark: str = "") -> None:
        self._api = f"{service}/api/v1"
        self._mark = mark
        self._number = 0
        ada = _user(f"ada{mark}") | {"password": "correct horse"}
        self._user = self._create("users", ada)["id"]
        tea = {"name": f"Tea{mark}", "slug": f"tea{mark}"}
        category = self._create("categories", tea)["id"]
        self._products = [
            self._create("products", _product(f"tea{mark}-{number}", category))["id"]
            for number in range(100)
        ]

    def requests(self) -> Mapping[str, Callable[[], object]]:
        """Return the requests by the names that the budgets have."""
        return {
            "GET one": lambda: self._get(f"users/{self._user}"),
            "list with relations": lambda: self._get("products?after="),
            "page with relations and total": lambda: self._get("products"),
            "POST": self._import_user,
            "order of 1": lambda: self._order(1),
            "order of 10": lambda: self._order(10),
            "order of 100": lambda: self._order(100),
        }

    def order(self) -> Any:
        """Place an order, and give its id."""
        return self._order(3)["id"]

    def confirm(self, order_id: int) -> None:
        """Take an order to its next status."""
        path = f"{self._api}/orders/{order_id}/status"
        status, answer = call(path, {"status": "confirmed"}, "PATCH")
        assert status == HTTPStatus.OK, answer

    def _get(self, path: str) -> Any:
        status, answer = call(f"{self._api}/{path}")
        assert status == HTTPStatus.OK, answer
        return answer

    def _create(self, path: str, body: object) -> Any:
        status, answer = call(f"{self._api}/{path}", body)
        assert status == HTTPStatus.CREATED, answer
        return answer

    def _import_user(self) -> Any:
        self._number += 1
        return self._create("users/bulk", {"users": [_user(f"user_{self._number}{self._mark}")]})

    def _order(self, lines: int) -> Any:
        items = [{"product_id": each, "quantity": 1} for each in self._products[:lines]]
        return self._create("orders", {"user_id": self._user, "items": items})


def _user(name: str) -> dict[str, str]:
    return {"username": name, "email": f"{name}@example.com"}


def _product(name: str, category: int) -> dict[str, Any]:
    names = {"name": name, "slug": name, "sku": name, "tags": ["green", name]}
    return {**names, "price": "4.50", "stock_quantity": 1000, "category_id": category}


@pytest.mark.parametrize("combination", in_turn(SHOPS, in_ci=one_per_driver(SHOPS)))
def test_requests_keep_to_their_budgets(
    combination: Combination,
    variables: dict[str, str],
    record_property: RecordProperty,
) -> None:
    project = install(combination, **variables)
    url = urlsplit(variables["APP_DATABASE_URL"])
    assert url.port is not None

    with project.database(), counting_proxy(url.port) as trips:
        project.run("alembic upgrade head")
        through = url._replace(netloc=url.netloc.replace(f":{url.port}", f":{trips.port}"))
        one = {"APP_DATABASE_URL": through.geturl(), "APP_DATABASE_POOL_SIZE": "1"}
        with project.with_variables(**one).served() as service:
            spent = spent_by(Client(service), trips)

    check(spent, BUDGETS[combination.data_access], record_property)


@pytest.mark.scaling
@pytest.mark.thorough
@pytest.mark.parametrize("combination", POOLED, ids=lambda each: each.with_server)
def test_requests_keep_to_their_budgets_behind_a_pooler(
    combination: Combination,
    variables: dict[str, str],
    record_property: RecordProperty,
) -> None:
    # What the service sends is the same without a pooler between.
    pooled = {"APP_DATABASE_POOLER": "transaction"}
    project = install(combination, **variables)
    url = urlsplit(variables["APP_DATABASE_URL"])
    assert url.port is not None

    with project.database(), counting_proxy(url.port) as trips:
        project.run("alembic upgrade head")
        for query, budgets in pooled_budgets(combination):
            through = url._replace(
                netloc=url.netloc.replace(f":{url.port}", f":{trips.port}"), query=query
            )
            one = {"APP_DATABASE_URL": through.geturl(), "APP_DATABASE_POOL_SIZE": "1"}
            with project.with_variables(**one, **pooled).served() as service:
                spent = spent_by(Client(service, mark="kept" if query else ""), trips)
            check(spent, budgets, record_property)


def pooled_budgets(combination: Combination) -> list[tuple[str, dict[str, int]]]:
    """Return the queries of the URL with the budgets that they lead to."""
    if combination.driver == "asyncpg":
        return [("", POOLED_ASYNCPG), (KEPT, KEPT_ASYNCPG)]
    return [("", BUDGETS[combination.data_access])]


def check(spent: dict[str, int], budgets: dict[str, int], record: RecordProperty) -> None:
    """Check that no request spends more than its budget."""
    record("round trips:", ", ".join(f"{name} {spent[name]}" for name in spent))
    assert spent.keys() == budgets.keys()
    over = {name: number for name, number in spent.items() if number > budgets[name]}
    assert over == {}


def spent_by(client: Client, trips: RoundTrips) -> dict[str, int]:
    """Send each request, and count what it costs."""
    spent = {}
    for name, request in client.requests().items():
        for _ in range(WARM_UP):
            request()
        spent[name] = cost_of(request, trips)
    for _ in range(WARM_UP):
        client.confirm(client.order())
    order_id = client.order()
    spent["order status"] = cost_of(lambda: client.confirm(order_id), trips)
    return spent


def cost_of(request: Callable[[], object], trips: RoundTrips) -> int:
    """Count the round trips of a request; none is left when it is answered."""
    before = trips.number
    request()
    return trips.number - before
