"""Many concurrent writers on SQLite, which has one write lock for all of them."""

import sqlite3
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from http import HTTPStatus
from statistics import quantiles
from threading import Event

import pytest

from tests.combinations import COMBINATIONS, Combination
from tests.figures import Figures
from tests.installed import Installed, call, install
from tests.reliability.clients import Client

SHOPS = [each for each in COMBINATIONS if (each.database, each.sample) == ("sqlite", "shop")]

WRITERS = 50
INCREMENTS = 20
WRITERS_LIMIT = 2.0  # seconds, p99
# The fastest of a few rounds counts, because other load on the machine makes a round slower.
# No round may lose an update.
ROUNDS = 3

# The test itself enforces the limit on durations. The service's own timeouts are longer, so
# that a busy machine does not cause errors.
LONG_TIMEOUTS = {"APP_DATABASE_POOL_TIMEOUT": "30", "APP_REQUEST_TIMEOUT": "30"}

STEADY_WRITERS = 2
READERS = 4
READS = 100  # of each reader
PAUSE = 0.02  # seconds between two reads of a reader
# The goal is 50 ms, which the figure shows. The limit allows for a busy machine, on which
# readers wait for a processor. Another check shows that they do not wait for writers.
READERS_LIMIT = 0.5  # seconds, p99


@pytest.mark.thorough
@pytest.mark.parametrize("combination", SHOPS, ids=str)
def test_writers_lose_nothing_and_do_not_hold_up_readers(
    combination: Combination, variables: dict[str, str], figures: Figures
) -> None:
    project = install(combination, **LONG_TIMEOUTS | variables)

    with project.database(), project.served() as url:
        lost, writing = increment_in_rounds(url)
        reading = read_beside_writers(url)
        check_reading_beside_a_lock(project, url)

    assert lost == 0
    assert writing < WRITERS_LIMIT
    assert reading < READERS_LIMIT
    figures.note("lost updates of 1,000 (50 SQLite writers)", combination, lost)
    figures.note("p99 of 50 writers", combination, writing, unit="s", keep="max")
    milliseconds = reading * 1000
    figures.note("readers' p99 beside 2 writers", combination, milliseconds, unit="ms", keep="max")


def increment_in_rounds(url: str) -> tuple[int, float]:
    """Repeat until the limit is met, or ROUNDS times; return all lost updates and the best p99."""
    lost, fastest = 0, float("inf")
    for number in range(ROUNDS):
        stock, seconds = increment_at_once(url, f"scarce-{number}")
        lost += WRITERS * INCREMENTS - stock
        fastest = min(fastest, seconds)
        if fastest < WRITERS_LIMIT:
            break
    return lost, fastest


def increment_at_once(url: str, name: str) -> tuple[int, float]:
    """Let many writers increment a stock many times; return the stock, and their p99."""
    product = add_product(url, name)
    path = f"/api/v1/products/{product}/stock"

    def increment(_: int) -> tuple[Counter[int], list[float]]:
        with Client(url) as client:
            statuses = [client.call("POST", path, {"change": 1})[0] for _ in range(INCREMENTS)]
        return Counter(statuses), client.seconds

    with ThreadPoolExecutor(WRITERS) as pool:
        results = [*pool.map(increment, range(WRITERS))]

    answers = sum((statuses for statuses, _ in results), Counter[int]())
    assert answers == {HTTPStatus.OK: WRITERS * INCREMENTS}
    return stock_of(url, product), p99([each for _, seconds in results for each in seconds])


def read_beside_writers(url: str) -> float:
    """Read at a moderate rate beside a few continuous writers; return the readers' p99."""
    written = [add_product(url, f"written-{each}") for each in range(STEADY_WRITERS)]
    read = add_product(url, "read")
    with writers(url, written), ThreadPoolExecutor(READERS) as pool:
        seconds = [*pool.map(lambda _: read_steadily(url, read), range(READERS))]
    return p99([each for some in seconds for each in some])


def check_reading_beside_a_lock(project: Installed, url: str) -> None:
    """Check that a read succeeds while another process holds the write lock."""
    [file] = project.path.glob("*.db")
    with closing(sqlite3.connect(file, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        status, products = call(f"{url}/api/v1/products")
    assert status == HTTPStatus.OK, products
    assert products["items"]


@contextmanager
def writers(url: str, products: list[int]) -> Iterator[None]:
    """Change the stock of each product continuously, one request after another."""
    stop = Event()

    def write(product: int) -> Counter[int]:
        path = f"/api/v1/products/{product}/stock"
        statuses = Counter[int]()
        with Client(url) as client:
            while not stop.is_set():
                statuses[client.call("POST", path, {"change": 1})[0]] += 1
        return statuses

    with ThreadPoolExecutor(len(products)) as pool:
        pending = [pool.submit(write, product) for product in products]
        try:
            yield
        finally:
            stop.set()
    for each in pending:
        assert [*each.result()] == [HTTPStatus.OK]


def read_steadily(url: str, product: int) -> list[float]:
    """Read a product with a pause after each read; return the seconds of each read."""
    with Client(url) as client:
        for _ in range(READS):
            status, _answer = client.call("GET", f"/api/v1/products/{product}")
            assert status == HTTPStatus.OK
            time.sleep(PAUSE)  # the rate of the readers
    return client.seconds


def add_product(url: str, name: str) -> int:
    """Create a product in a new category, and return its id."""
    category = created(f"{url}/api/v1/categories", {"name": name, "slug": name})
    names = {"name": name, "slug": name, "sku": name}
    body = {**names, "price": "1.00", "category_id": category}
    return created(f"{url}/api/v1/products", body)


def created(url: str, body: object) -> int:
    """Create a row, and return its id."""
    status, answer = call(url, body)
    assert status == HTTPStatus.CREATED, answer
    created_id: int = answer["id"]
    return created_id


def stock_of(url: str, product: int) -> int:
    """Return the stock of a product."""
    status, answer = call(f"{url}/api/v1/products/{product}")
    assert status == HTTPStatus.OK, answer
    stock: int = answer["stock_quantity"]
    return stock


def p99(seconds: list[float]) -> float:
    """Return the 99th percentile of durations."""
    return quantiles(seconds, n=100)[98]
