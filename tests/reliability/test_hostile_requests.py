"""Hostile requests are refused with a problem document, and all stored rows can be read.

The tables of requests are in hostile_inputs.py. Each request has its own connection and a
timeout of five seconds.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from http import HTTPStatus
from typing import Any

import pytest

from tests.combinations import COMBINATIONS, Combination, in_turn, one_per_database
from tests.figures import Figures
from tests.installed import install
from tests.reliability.hostile_inputs import (
    API,
    HIGHEST_PRICE,
    INVALID_HTTP,
    LARGEST,
    ODD_TEXTS,
    SECRET,
    Hostile,
    all_refused,
    odd_reads,
)
from tests.reliability.reading import SLICE, Reading, shown
from tests.reliability.wire import Answer, Wire

QUICK = "async-sqlite-aiosqlite-repository-shop"
THOROUGH = {
    "sync-sqlite-sqlite3-dao-shop",
    "async-postgresql-asyncpg-repository-shop",
    "sync-postgresql-psycopg-dao-shop",
    "async-mysql-aiomysql-dao-shop",
    "sync-mysql-pymysql-repository-shop",
}
SHOPS = [each for each in COMBINATIONS if str(each) in {QUICK, *THOROUGH}]

# Representations of functions, addresses and types by Python and Pydantic.
CODE = re.compile(rb"function-|<function|0x[0-9a-f]{6}|instance of|dictionary|Value error")

TOO_MUCH = 10_000_000  # bytes
TOO_DEEP = 300  # levels of categories
LINES = 100
MOST = 10_000  # the maximal quantity of a product in a line

CREATED = frozenset({HTTPStatus.CREATED})
CONFLICT = frozenset({HTTPStatus.CONFLICT})
OK = frozenset({HTTPStatus.OK})
TOO_LARGE = frozenset({HTTPStatus.REQUEST_ENTITY_TOO_LARGE})
BAD_REQUEST = frozenset({HTTPStatus.BAD_REQUEST})
REFUSED = frozenset({HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY})


@dataclass
class Attacker:
    """A client that sends hostile requests, and records unexpected responses."""

    wire: Wire
    sent: int = 0
    failed: int = 0
    slowest: float = 0.0
    unexpected: list[str] = field(default_factory=list)

    def send(self, hostile: Hostile) -> Answer:
        """Send a request, and check the response."""
        answer = self.wire.send(hostile.method, hostile.path, hostile.body, hostile.headers)
        self.judge(str(hostile), answer, hostile.expected)
        if answer.status >= HTTPStatus.BAD_REQUEST and not answer.is_problem:
            self.unexpected.append(f"{hostile}: no problem+json: {shown(answer)}")
        self.expect(not CODE.search(answer.body), f"{hostile}: shows code: {shown(answer)}")
        return answer

    def judge(self, request: str, answer: Answer, expected: Iterable[int]) -> None:
        """Count an answer, and record it if it is unexpected."""
        self.sent += 1
        self.slowest = max(self.slowest, answer.seconds)
        self.failed += answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR
        if answer.status not in expected or SECRET.encode() in answer.body:
            self.unexpected.append(f"{request}: {shown(answer)}")

    def send_json(
        self, method: str, path: str, body: object, expected: frozenset[HTTPStatus]
    ) -> Any:
        """Send a request with a JSON body, and return the decoded response."""
        hostile = Hostile(method, API + path, json.dumps(body).encode(), expected=expected)
        return self.send(hostile).json()

    def create(self, rows: str, **body: object) -> Any:
        """Create a row, which has to succeed, and return it."""
        return self.send_json("POST", f"/{rows}", body, CREATED)

    def expect(self, holds: bool, otherwise: str) -> None:
        """Note a violation, if a condition does not hold."""
        if not holds:
            self.unexpected.append(otherwise)


@pytest.mark.parametrize(
    "combination",
    in_turn(SHOPS, (each for each in SHOPS if str(each) == QUICK), one_per_database(SHOPS)),
)
def test_hostile_requests_are_refused_and_break_no_later_read(
    combination: Combination,
    variables: dict[str, str],
    figures: Figures,
) -> None:
    project = install(combination, **variables)

    with project.database():
        project.run("alembic upgrade head")
        project.run("python -m app.seed --rows 20")
        with project.served() as url:
            attacker = Attacker(Wire(url))
            before = numbers_of_rows(attacker.wire)
            attack(attacker)
            after = numbers_of_rows(attacker.wire)
            attacker.expect(after == before, f"{before} rows have become {after}")
            check_odd_texts(attacker)
            check_limits_of_texts(attacker)
            check_largest_orders(attacker)
            check_depth_of_categories(attacker)
            reading = Reading(attacker.wire)
            reading.everything()

    assert attacker.unexpected == []
    assert attacker.failed == 0
    assert reading.broken == []
    figures.note("hostile requests by hand", combination, attacker.sent)
    figures.note("answers of 5xx", combination, attacker.failed)
    figures.note(
        "slowest answer to a hostile request", combination, attacker.slowest, unit="s", keep="max"
    )
    figures.note("later reads broken", combination, len(reading.broken))


def numbers_of_rows(wire: Wire) -> list[int]:
    """Return the numbers of rows in the lists of the service."""
    return [
        *(wire.get(f"{API}/{rows}").json()["total"] for rows in ("users", "products", "orders")),
        len(wire.get(f"{API}/categories/stats").json()),
    ]


def attack(attacker: Attacker) -> None:
    """Send all requests of the tables, and bodies that are too large."""
    for hostile in (*all_refused(), *odd_reads()):
        attacker.send(hostile)
    for request in INVALID_HTTP:
        attacker.judge(repr(request[:100]), attacker.wire.exchange(request), BAD_REQUEST)
    large = json.dumps({"bio": "a" * TOO_MUCH}).encode()
    for send in (attacker.wire.send, attacker.wire.send_chunks):
        answer = send("POST", f"{API}/users", large)
        attacker.judge(f"{len(large)} bytes by {send.__name__}", answer, TOO_LARGE)
        attacker.expect(answer.is_problem, f"no problem+json: {shown(answer)}")
    old = attacker.wire.send("GET", f"{API}/users", version="HTTP/1.0")
    attacker.judge("HTTP/1.0", old, OK)
    for path in ("/health/live", "/docs", f"{API}/users", f"{API}/users/0", "/nowhere"):
        get, asked = attacker.wire.get(path), attacker.wire.send("HEAD", path)
        attacker.judge(f"HEAD {path}", asked, {get.status})
        attacker.expect(
            headers_of_any(asked) == headers_of_any(get),
            f"HEAD {path}: {asked.headers}",
        )


def headers_of_any(answer: Answer) -> dict[str, str]:
    """Return the headers that another answer to the same request has as well."""
    own = ("date", "x-request-id")
    return {name: value for name, value in answer.headers.items() if name not in own}


def check_odd_texts(attacker: Attacker) -> None:
    """Create rows with odd but valid names, and check that the service returns these names."""
    category = attacker.create("categories", name="Odd", slug="odd")["id"]
    for number, text in enumerate(ODD_TEXTS):
        name = f"{number} {text}"
        names = {"name": name, "slug": f"odd-{number}", "sku": f"odd-{number}"}
        row = attacker.create("products", **names, description=text, price=1, category_id=category)
        details = {"username": f"odd_{number}", "email": f"odd{number}@example.com"}
        user = attacker.create("users", **details, password=SECRET, full_name=name, bio=text)
        attacker.expect(row.get("name") == name.strip(), f"product {name!r} is {row}")
        attacker.expect(user.get("full_name") == name.strip(), f"user {name!r} is {user}")
    twin = {"slug": "twin", "sku": "twin", "price": "2.00"}
    other = attacker.create("categories", name="Other", slug="other")["id"]
    attacker.create("products", name="0 '; DROP TABLE users; --", **twin, category_id=other)
    tags = ["A", "a", "a-", "-", "0", "b" * 50, *(f"tag{each}" for each in range(14))]
    tagged = {"name": "Tagged", "slug": "tagged", "sku": "TAGGED", "tags": tags}
    row = attacker.create("products", **tagged, price="0.01", category_id=other)
    attacker.expect(
        set(row["tags"]) == {tag.lower() for tag in tags}, f"the tags are {row['tags']}"
    )
    moved = {"version": 1, "category_id": category, "name": "0 '; DROP TABLE users; --"}
    attacker.send_json("PATCH", f"/products/{row['id']}", moved, CONFLICT)
    twice = b'{"name": "First", "name": "Last", "slug": "last"}'
    answer = attacker.send(Hostile("POST", f"{API}/categories", twice, expected=CREATED))
    attacker.expect(answer.json()["name"] == "Last", f"of two names: {shown(answer)}")


def check_limits_of_texts(attacker: Attacker) -> None:
    """Create rows with texts of maximal length, more of them than a slice holds."""
    category = attacker.create(
        "categories", name="😀" * 100, slug="a" * 120, description="ü" * 10_000
    )
    for number in range(SLICE + 1):
        name = f"{'😀' * 190}{number:010}"
        limits = {
            "name": name,
            "slug": "s" * 118 + f"{number:02}",
            "sku": "S" * 48 + f"{number:02}",
        }
        worth = {"price": "0.01", "stock_quantity": 0, "category_id": category["id"]}
        attacker.create("products", **limits, **worth, description="😀" * 10_000)
    address = "a" * 64 + "@" + ".".join(["b" * 60] * 3) + ".com"
    person = {"username": "u" * 50, "email": address, "password": "😀" * 128}
    attacker.create("users", **person, full_name="😀" * 200, bio="😀" * 10_000)


def check_largest_orders(attacker: Attacker) -> None:
    """Order the maximal quantity of the most expensive products, in lines of many and of one."""
    category = attacker.create("categories", name="Dear", slug="dear")["id"]
    details = {"username": "croesus", "email": "croesus@example.com", "password": SECRET}
    user = attacker.create("users", **details)["id"]
    dear = [
        attacker.create(
            "products",
            name=f"Dear {each}",
            slug=f"dear-{each}",
            sku=f"dear-{each}",
            price=HIGHEST_PRICE,
            stock_quantity=LARGEST,
            category_id=category,
        )["id"]
        for each in range(LINES)
    ]
    total = Decimal(HIGHEST_PRICE) * MOST * LINES
    for basket in (dear, dear[:1] * LINES, dear, dear[:1] * LINES) * 3:
        items = [{"product_id": each, "quantity": MOST} for each in basket]
        order = attacker.create("orders", user_id=user, items=items)
        attacker.expect(Decimal(order.get("total_amount", 0)) == total, f"a total of {order}")
    attacker.send_json("POST", f"/products/{dear[0]}/stock", {"change": 1_000_000}, OK)
    attacker.send_json("POST", f"/products/{dear[1]}/stock", {"change": 1_000_000}, CONFLICT)


def check_depth_of_categories(attacker: Attacker) -> None:
    """Nest categories until the service refuses, and check the depth of the tree."""
    stack = [attacker.create("categories", name="Level 0", slug="level-0")["id"]]
    while len(stack) < TOO_DEEP:
        level = f"level-{len(stack)}"
        body = {"name": level, "slug": level, "parent_id": stack[-1]}
        either = frozenset({*CREATED, *REFUSED})
        row = attacker.send_json("POST", "/categories", body, either)
        if "id" not in row:
            break
        stack.append(row["id"])
    attacker.expect(1 < len(stack) < TOO_DEEP, f"{len(stack)} levels of categories are taken")
    below = {"name": "Low", "slug": "low", "sku": "LOW", "price": "1", "category_id": stack[-1]}
    low = attacker.create("products", **below)
    attacker.send_json(
        "PATCH", f"/products/{low['id']}", {"version": 1, "category_id": stack[0]}, OK
    )
    attacker.send_json(
        "PATCH", f"/products/{low['id']}", {"version": 2, "category_id": stack[-1]}, OK
    )
    attacker.send_json("PATCH", f"/categories/{stack[0]}", {"parent_id": stack[-1]}, REFUSED)
    attacker.send_json("PATCH", f"/categories/{stack[0]}", {"parent_id": stack[0]}, REFUSED)
    above = attacker.create("categories", name="Above", slug="above")["id"]
    attacker.send_json("PATCH", f"/categories/{stack[0]}", {"parent_id": above}, REFUSED)
    tree = attacker.send(Hostile("GET", f"{API}/categories", expected=OK)).json()
    attacker.expect(depth_of(tree) == len(stack), f"the tree has {depth_of(tree)} levels")


def depth_of(tree: list[Any]) -> int:
    """Return the number of levels of a tree."""
    return max((1 + depth_of(branch["children"]) for branch in tree), default=0)
