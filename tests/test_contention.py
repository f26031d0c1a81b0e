"""Many at once on the same rows: every driver and style keeps the shop's data right.

``pytest tests/test_contention.py`` runs it alone. The figures are shown at its end; they
are no limits, since they say as much of the machine as of the code.
"""

import random
import time
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from http import HTTPStatus
from threading import Barrier
from typing import Any, TypeVar

import pytest

from tests.combinations import COMBINATIONS, Combination, in_turn, one_per_database, one_per_driver
from tests.figures import Figures, RecordProperty
from tests.installed import call, install

# The two styles of each driver meet different servers.
SHOPS = [each for each in COMBINATIONS if each.sample == "shop"]

CUSTOMERS = 100
STOCK = 10
PLENTY = 1000
RACES = 5  # kinds of them
ROUNDS = 10  # of each race
EDITORS = 5

# How long customers wait says how fast the machine is; nobody shall be sent away for it.
PATIENT = {"APP_DATABASE_POOL_TIMEOUT": "30", "APP_REQUEST_TIMEOUT": "30"}

Argument = TypeVar("Argument")
Basket = dict[int, int]
Answer = tuple[int, Any]
Request = tuple[str, object, str]  # the path, the body and the method


class Shop:
    """A client of the shop of a running service."""

    def __init__(self, service: str) -> None:
        self._api = f"{service}/api/v1"
        details = {"username": "ada", "email": "ada@example.com", "password": "correct horse"}
        self.user = self._create("users", details)["id"]
        self.category = self.add_category("tea")

    def _create(self, path: str, body: object) -> Any:
        status, created = call(f"{self._api}/{path}", body)
        assert status == HTTPStatus.CREATED, created
        return created

    def add_product(self, name: str, price: str, stock: int) -> int:
        """Put a product on the shelf, and give its id."""
        names = {"name": name, "slug": name, "sku": name}
        facts = {"price": price, "stock_quantity": stock, "category_id": self.category}
        product_id: int = self._create("products", names | facts)["id"]
        return product_id

    def stock_of(self, product_id: int) -> int:
        """Return the stock of a product."""
        stock: int = self.get(f"products/{product_id}")["stock_quantity"]
        return stock

    def order(self, basket: Basket) -> Answer:
        """Order so many of each product, named in the order of the basket."""
        items = [{"product_id": each, "quantity": number} for each, number in basket.items()]
        return call(f"{self._api}/orders", {"user_id": self.user, "items": items})

    def cancel(self, order_id: int) -> Answer:
        """Cancel an order."""
        return self.send((f"orders/{order_id}/status", {"status": "cancelled"}, "PATCH"))

    def send(self, request: Request) -> Answer:
        """Send any request to the API."""
        path, body, method = request
        return call(f"{self._api}/{path}", body, method)

    def get(self, path: str) -> Any:
        """Return the answer of GET for a path of the API."""
        status, answer = call(f"{self._api}/{path}")
        assert status == HTTPStatus.OK, answer
        return answer

    def add_category(self, slug: str) -> int:
        """Put up a shelf at the top, and give its id."""
        category_id: int = self._create("categories", {"name": slug, "slug": slug})["id"]
        return category_id

    def statistics(self) -> Any:
        """Return the number of orders and their revenue."""
        return self.get("orders/stats")


@pytest.mark.parametrize(
    "combination", in_turn(SHOPS, one_per_database(SHOPS), one_per_driver(SHOPS))
)
def test_contention_leaves_stock_and_totals_right(
    combination: Combination,
    variables: dict[str, str],
    record_property: RecordProperty,
    figures: Figures,
) -> None:
    project = install(combination, **PATIENT | variables)

    with project.database():
        project.run("alembic upgrade head")
        with project.served() as url:
            shop = Shop(url)
            scarce = sell_out(shop)
            unsorted = sell_unsorted_baskets(shop)
            cancels = cancel_twice(shop)
            confirm_and_cancel(shop)
            edit_one_version(shop)
            bring_the_same_tag(shop)
            move_in_a_circle(shop)

    seconds = f"{scarce:.2f} scarce, {unsorted:.2f} unsorted, {cancels:.2f} cancels"
    record_property("seconds:", seconds)
    figures.note("orders at once for the last 10, none oversold", combination, CUSTOMERS)
    figures.note("orders at once in unsorted baskets, all right", combination, CUSTOMERS)
    figures.note("races for one row, all ended right", combination, RACES * ROUNDS)


def sell_out(shop: Shop) -> float:
    """Let everybody order one of a few; give the seconds."""
    product = shop.add_product("scarce", "19.99", STOCK)

    answers, seconds = all_at_once(shop.order, [{product: 1}] * CUSTOMERS)

    assert_statuses(answers, {HTTPStatus.CREATED: STOCK, HTTPStatus.CONFLICT: CUSTOMERS - STOCK})
    assert shop.stock_of(product) == 0
    statistics = shop.statistics()
    assert statistics["count"] == STOCK
    assert Decimal(statistics["revenue"]) == STOCK * Decimal("19.99")
    return seconds


def sell_unsorted_baskets(shop: Shop) -> float:
    """Let everybody order some of most products, named in any order; give the seconds."""
    prices = {shop.add_product(f"tea-{each}", f"{each}.37", PLENTY): each for each in range(1, 6)}
    before = shop.statistics()
    chance = random.Random(3)
    baskets = [
        {product: chance.randint(1, 3) for product in chance.sample([*prices], 4)}
        for _ in range(CUSTOMERS)
    ]

    answers, seconds = all_at_once(shop.order, baskets)

    assert_statuses(answers, {HTTPStatus.CREATED: CUSTOMERS})
    totals = [
        sum(number * (prices[product] + Decimal("0.37")) for product, number in basket.items())
        for basket in baskets
    ]
    assert [Decimal(order["total_amount"]) for _, order in answers] == totals
    sold = Counter[int]()
    for basket in baskets:
        sold.update(basket)
    assert {each: PLENTY - shop.stock_of(each) for each in prices} == sold
    after = shop.statistics()
    assert after["count"] - before["count"] == CUSTOMERS
    assert Decimal(after["revenue"]) - Decimal(before["revenue"]) == sum(totals)
    return seconds


def cancel_twice(shop: Shop) -> float:
    """Let two cancel the same order, several times; give the seconds."""
    product = shop.add_product("regretted", "5.00", STOCK)
    seconds = 0.0
    for _ in range(ROUNDS):
        status, order = shop.order({product: 3})
        assert status == HTTPStatus.CREATED, order
        answers, more = all_at_once(shop.cancel, [order["id"]] * 2)
        assert_statuses(answers, {HTTPStatus.OK: 1, HTTPStatus.CONFLICT: 1})
        assert shop.stock_of(product) == STOCK
        seconds += more
    return seconds


def confirm_and_cancel(shop: Shop) -> None:
    """Let one confirm an order that another cancels: one after the other, or one only."""
    product = shop.add_product("doubtful", "5.00", PLENTY)
    for _ in range(ROUNDS):
        before = shop.stock_of(product)
        status, order = shop.order({product: 3})
        assert status == HTTPStatus.CREATED, order
        path = f"orders/{order['id']}"
        changes = [
            (f"{path}/status", {"status": each}, "PATCH") for each in ("confirmed", "cancelled")
        ]
        answers, _ = all_at_once(shop.send, changes)

        (confirmed, _), (cancelled, _) = answers
        # A confirmed order may still be cancelled, a cancelled one not be confirmed.
        assert {confirmed, cancelled} <= {HTTPStatus.OK, HTTPStatus.CONFLICT}, answers
        assert HTTPStatus.OK in (confirmed, cancelled), answers
        is_cancelled = cancelled == HTTPStatus.OK
        assert shop.get(path)["status"] == ("cancelled" if is_cancelled else "confirmed")
        assert shop.stock_of(product) == (before if is_cancelled else before - 3)


def edit_one_version(shop: Shop) -> None:
    """Let several edit a product as they all have read it: one does, the others are told."""
    product = shop.add_product("edited", "1.00", STOCK)
    path = f"products/{product}"
    for number in range(ROUNDS):
        version = shop.get(path)["version"]
        edits: list[Request] = [
            (path, {"version": version, "price": f"{number}.{each}1"}, "PATCH")
            for each in range(EDITORS)
        ]
        answers, _ = all_at_once(shop.send, edits)

        assert_statuses(answers, {HTTPStatus.OK: 1, HTTPStatus.CONFLICT: EDITORS - 1})
        [price] = [answer["price"] for status, answer in answers if status == HTTPStatus.OK]
        edited = shop.get(path)
        assert (edited["version"], edited["price"]) == (version + 1, price)


def bring_the_same_tag(shop: Shop) -> None:
    """Let two products bring the same new tag: both get it."""
    for number in range(ROUNDS):
        tag = f"new-{number}"
        products: list[Request] = []
        for each in "ab":
            name = f"tagged-{number}-{each}"
            facts = {"price": "1.00", "category_id": shop.category, "tags": [tag]}
            products.append(
                ("products", {"name": name, "slug": name, "sku": name, **facts}, "POST")
            )
        answers, _ = all_at_once(shop.send, products)

        assert_statuses(answers, {HTTPStatus.CREATED: 2})
        assert [answer["tags"] for _, answer in answers] == [[tag]] * 2
        assert len(shop.get(f"products?tag={tag}")["items"]) == 2


def move_in_a_circle(shop: Shop) -> None:
    """Let two shelves be moved below each other: one is, and none gets lost."""
    for number in range(ROUNDS):
        one, other = (shop.add_category(f"shelf-{number}-{each}") for each in "ab")
        moves: list[Request] = [
            (f"categories/{one}", {"parent_id": other}, "PATCH"),
            (f"categories/{other}", {"parent_id": one}, "PATCH"),
        ]
        answers, _ = all_at_once(shop.send, moves)

        assert_statuses(answers, {HTTPStatus.OK: 1, HTTPStatus.CONFLICT: 1})
        assert {one, other} <= set(ids_in(shop.get("categories")))


def ids_in(branches: Iterable[Any]) -> Iterable[int]:
    """Return the ids of all categories in a tree."""
    for branch in branches:
        yield branch["id"]
        yield from ids_in(branch["children"])


def all_at_once(
    call_with: Callable[[Argument], Answer], arguments: list[Argument]
) -> tuple[list[Answer], float]:
    """Call with each argument, all at the same moment; give the answers and the seconds."""
    ready = Barrier(len(arguments) + 1)

    def wait_and_call(argument: Argument) -> Answer:
        ready.wait()
        return call_with(argument)

    with ThreadPoolExecutor(len(arguments)) as pool:
        pending = [pool.submit(wait_and_call, argument) for argument in arguments]
        ready.wait()
        begun = time.perf_counter()
        answers = [each.result() for each in pending]
    return answers, time.perf_counter() - begun


def assert_statuses(answers: Iterable[Answer], expected: dict[HTTPStatus, int]) -> None:
    """Expect so many answers of each status; show another that came instead."""
    answers = list(answers)
    others = [answer for answer in answers if answer[0] not in expected]
    assert Counter(status for status, _ in answers) == Counter(expected), others[:3]
