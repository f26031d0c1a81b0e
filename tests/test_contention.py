"""A hundred customers at once: every driver and style keeps stock and totals right.

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

from tests.baking import Cookies
from tests.combinations import COMBINATIONS, Combination
from tests.installed import call, install

SHOPS = [each for each in COMBINATIONS if each.sample == "shop"]

CUSTOMERS = 100
STOCK = 10
PLENTY = 1000
CANCELS = 10

Argument = TypeVar("Argument")
Basket = dict[int, int]
Answer = tuple[int, Any]
Record = Callable[[str, object], None]


class Shop:
    """A client of the shop of a running service."""

    def __init__(self, service: str) -> None:
        self._api = f"{service}/api/v1"
        details = {"username": "ada", "email": "ada@example.com", "password": "correct horse"}
        self._user = self._create("users", details)["id"]
        self._category = self._create("categories", {"name": "Tea", "slug": "tea"})["id"]

    def _create(self, path: str, body: object) -> Any:
        status, created = call(f"{self._api}/{path}", body)
        assert status == HTTPStatus.CREATED, created
        return created

    def add_product(self, name: str, price: str, stock: int) -> int:
        """Put a product on the shelf, and give its id."""
        names = {"name": name, "slug": name, "sku": name}
        facts = {"price": price, "stock_quantity": stock, "category_id": self._category}
        product_id: int = self._create("products", names | facts)["id"]
        return product_id

    def stock_of(self, product_id: int) -> int:
        """Give the stock of a product."""
        status, product = call(f"{self._api}/products/{product_id}")
        assert status == HTTPStatus.OK, product
        stock: int = product["stock_quantity"]
        return stock

    def order(self, basket: Basket) -> Answer:
        """Order so many of each product, named in the order of the basket."""
        items = [{"product_id": each, "quantity": number} for each, number in basket.items()]
        return call(f"{self._api}/orders", {"user_id": self._user, "items": items})

    def cancel(self, order_id: int) -> Answer:
        """Cancel an order."""
        return call(f"{self._api}/orders/{order_id}/status", {"status": "cancelled"}, "PATCH")

    def statistics(self) -> Any:
        """Give the number of orders and what they are worth."""
        status, statistics = call(f"{self._api}/orders/stats")
        assert status == HTTPStatus.OK, statistics
        return statistics


@pytest.mark.parametrize("combination", SHOPS, ids=str)
def test_contention_leaves_stock_and_totals_right(
    combination: Combination,
    variables: dict[str, str],
    cookies: Cookies,
    record_property: Record,
) -> None:
    project = install(cookies, combination, **variables)

    with project.database():
        project.run("alembic upgrade head")
        with project.served() as url:
            shop = Shop(url)
            scarce = sell_out(shop)
            unsorted = sell_unsorted_baskets(shop)
            cancels = cancel_twice(shop)

    figures = f"{scarce:.2f} scarce, {unsorted:.2f} unsorted, {cancels:.2f} cancels"
    record_property("seconds:", figures)


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
    for _ in range(CANCELS):
        status, order = shop.order({product: 3})
        assert status == HTTPStatus.CREATED, order
        answers, more = all_at_once(shop.cancel, [order["id"]] * 2)
        assert_statuses(answers, {HTTPStatus.OK: 1, HTTPStatus.CONFLICT: 1})
        assert shop.stock_of(product) == STOCK
        seconds += more
    return seconds


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
