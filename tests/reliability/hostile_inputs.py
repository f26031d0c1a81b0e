"""Hostile requests: tables of values, and the requests that are built from them.

The values are JSON source text, because some are not valid JSON values: NaN, 1e400, lone
surrogates.
"""

import base64
import gzip
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from itertools import product

from tests.reliability.wire import JSON

API = "/api/v1"
SECRET = "correct horse"  # the password of every body, which no answer may repeat
LARGEST = 2**31 - 1
HIGHEST_PRICE = "99999999.99"

REFUSED = frozenset({HTTPStatus.UNPROCESSABLE_ENTITY})


@dataclass(frozen=True)
class Hostile:
    """A request, and the statuses that its answer may have."""

    method: str
    path: str
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=lambda: JSON)
    expected: frozenset[HTTPStatus] = REFUSED

    def __str__(self) -> str:
        body = "" if self.body is None else f" {self.body[:200]!r}"
        return f"{self.method} {self.path[:200]}{body}"


# Invalid values for each type of field.

INVALID_NUMBERS = ("[]", "{}", "true", '"1"', '""', '"x"', "NaN", "Infinity", "-Infinity", "1e400")
TOO_LARGE = (2**31, 2**32, 2**63, -(2**63), 2**64, 10**40)
INVALID_INTEGERS = (*INVALID_NUMBERS, "1.5", "1e-400", *map(str, TOO_LARGE), "9" * 4000)
INVALID_TEXTS = ("1", "1.5", "true", "[]", "{}", "NaN", '["a"]')
INVALID_CHARACTERS = (r'"\u0000"', r'"a\u0000b"', r'"\ud800"', r'"\udfff"', r'"a\ud83d"')
BLANKS = ('""', '" "', r'"\t\r\n"', r'"\u00a0\u2003"')
NULL = ("null",)

IDS = (*INVALID_INTEGERS, "0", "-1", str(-LARGEST))
FLAGS = ("0", "1", '"true"', '"yes"', '""', "[]", "{}", "NaN")
PRICES = (
    *("[]", "{}", "true", '""', '" "', '"x"', '["1"]', "0", '"0"', '"0.00"', "-1", '"-1"'),
    *("NaN", "Infinity", "-Infinity", "1e400", "-1e400", "1E+999999999", "1e-400", "9" * 4000),
    *('"NaN"', '"sNaN"', '"Infinity"', '"-Infinity"', '"1e400"', '"1E+999999999"'),
    *("0.001", '"0.001"', "100000000", '"100000000"', '"1E-999999999"', '"1_0"', '"٣"'),
    *('"1,50"', '"0x10"', r'"1\u0000"', '"%s"' % ("9" * 4000)),
)


def texts(longest: int) -> tuple[str, ...]:
    """Return values that are not texts, or exceed the maximal length."""
    return (
        *INVALID_TEXTS,
        *INVALID_CHARACTERS,
        json.dumps("a" * (longest + 1)),
        json.dumps("ä" * 100_000),
    )


def names(longest: int) -> tuple[str, ...]:
    """Return values that are not texts, exceed the maximal length, or are blank."""
    return (*texts(longest), *BLANKS)


WORDS = ('"a b"', '"a/b"', r'"a\n"', '"ä"', '"😀"', '"a;--"', r'"a\\b"', '"<b>"')

USER = {
    "username": (*names(50), *WORDS, '"ab"', *NULL),
    "email": (*names(320), *WORDS, '"a"', '"@"', '"a@b"', '"a@b..c"', '"a@@b.com"', *NULL),
    "full_name": texts(200),
    "bio": texts(10_000),
    "password": (*texts(128), '"short"', '""', r'"\ud800 horse battery"', *NULL),
}
CATEGORY = {
    "name": (*names(100), *NULL),
    "slug": (*names(120), *WORDS, '"-a"', '"a--b"', '"A"', *NULL),
    "description": texts(10_000),
    "parent_id": IDS,
}
PRODUCT = {
    "name": (*names(200), *NULL),
    "slug": (*names(120), *WORDS, '"-a"', '"a--b"', '"A"', *NULL),
    "sku": (*names(50), *WORDS, '"a_b"', *NULL),
    "description": texts(10_000),
    "price": (*PRICES, *NULL),
    "is_active": (*FLAGS, *NULL),
    "category_id": (*IDS, *NULL),
    "tags": (
        *("null", "1", '"a"', "{}", '{"a": 1}', "[1]", "[null]", "[[]]", '[""]', '["a b"]'),
        *(json.dumps(["a" * 51]), json.dumps([f"a{each}" for each in range(21)]), r'["\u0000"]'),
    ),
}
QUANTITIES = (*INVALID_INTEGERS, *NULL, "0", "-1", "10001")
LINES = {"product_id": (*IDS, *NULL), "quantity": QUANTITIES}


@dataclass(frozen=True)
class Body:
    """A route with a valid body, and the invalid values of each field."""

    method: str
    path: str
    good: Mapping[str, object]
    refused: Mapping[str, Iterable[str]]
    around: tuple[str, str] = ("", "")

    def with_field(self, name: str, value: str) -> bytes:
        """Return the body with one value replaced by JSON source text."""
        literals = {each: json.dumps(good) for each, good in self.good.items()} | {name: value}
        members = ", ".join(f"{json.dumps(each)}: {text}" for each, text in literals.items())
        return f"{{{members}}}".join(self.around).encode()


GOOD_USER = {"username": "mallory", "email": "mallory@example.com", "password": SECRET}
GOOD_CATEGORY = {"name": "Hostile", "slug": "hostile"}
GOOD_NAMES = {"name": "Hostile", "slug": "hostile", "sku": "HOSTILE"}
GOOD_PRODUCT = {**GOOD_NAMES, "price": "1.00", "category_id": 1}
IMPORTED = {name: refused for name, refused in USER.items() if name != "password"}
STOCK = {"stock_quantity": (*INVALID_INTEGERS, *NULL, "-1")}

BODIES = (
    Body("POST", "/users", GOOD_USER, USER),
    Body("PATCH", "/users/1", {}, {**USER, "is_active": (*FLAGS, *NULL)}),
    Body("POST", "/users/bulk", GOOD_USER, IMPORTED, ('{"users": [', "]}")),
    Body("POST", "/categories", GOOD_CATEGORY, CATEGORY),
    Body("PATCH", "/categories/1", {}, CATEGORY),
    Body("POST", "/products", GOOD_PRODUCT, {**PRODUCT, **STOCK}),
    Body("PATCH", "/products/1", {"version": 1}, {**PRODUCT, "version": (*IDS, *NULL)}),
    Body("POST", "/products/1/stock", {}, {"change": (*INVALID_INTEGERS, *NULL, "1000001")}),
    Body("POST", "/orders", {"user_id": 1}, {"user_id": (*IDS, *NULL)}),
    Body("POST", "/orders", {}, LINES, ('{"user_id": 1, "items": [', "]}")),
    Body(
        "PATCH", "/orders/1/status", {}, {"status": (*NULL, *INVALID_TEXTS, '"lost"', '"PENDING"')}
    ),
)


def bodies() -> Iterator[Hostile]:
    """Yield requests with one invalid field each."""
    for body in BODIES:
        for name, values in body.refused.items():
            for value in values:
                yield Hostile(body.method, API + body.path, body.with_field(name, value))


# Invalid bodies as a whole, for every route that takes a body.

GOOD = json.dumps(GOOD_USER).encode()
DEEP = 100_000
# Depths near the limits of decoders: 200 in Rust, and 1,000 frames of Python, less those in
# use.
DEPTHS = (199, 200, 201, *range(880, 1000, 20), 5000)
INVALID_BODIES: tuple[bytes | None, ...] = (
    None,
    *(b"", b" ", b"null", b"true", b"1", b'"x"', b"[]", b"[{}]", b"{", b"}", b'{"a"', b"{'a': 1}"),
    *(b"\xff", b"\xef\xbb\xbf", b"\x00", b'{"a": \xff}', b'{"a": 1}{"a": 1}', b'{"a": 1,}'),
    *(b"[" * DEEP, b"[" * DEEP + b"]" * DEEP, b'{"a":' * DEEP + b"1" + b"}" * DEEP, b"1" * 5000),
    *("é".encode("latin-1"), b'{"a": 01}', b'{"a": 0x1}', b'{"a": "\n"}', b'{"a": "\\x"}'),
    *(gzip.compress(b"{}", mtime=0), b"\xff\xfe[\x00", b"\x00\x00\xfe\xff", b"+ADw-"),
)
DEEP_BODIES = (
    *(b"[" * depth for depth in DEPTHS),
    *(b"[" * depth + b"]" * depth for depth in DEPTHS),
    *(b'[{"a":' * (depth // 2) + b"1" + b"}]" * (depth // 2) for depth in DEPTHS),
)
WRONG_TYPES = (
    *("text/plain", "text/html", "application/xml", "application/x-www-form-urlencoded"),
    *("multipart/form-data; boundary=x", "application/octet-stream", "json", "/", "\xff", ""),
    *("application/\xff", ";;;=", "=?utf-8?q?application/json?=", "application/json, text/html"),
)
LISTS = (
    *('{"users": []}', '{"users": null}', '{"users": {}}', '{"users": [null]}', '{"users": [[]]}'),
    json.dumps({"users": [{"username": f"user{n}", "email": f"{n}@a.org"} for n in range(1001)]}),
)
ITEMS = (
    *("[]", "null", "{}", "[null]", "[1]", "[[]]", "[{}]", '"x"'),
    json.dumps([{"product_id": 1, "quantity": 1}] * 101),
)


def invalid_bodies() -> Iterator[Hostile]:
    """Yield requests without a body, or with a body of another type."""
    routes = sorted({(body.method, API + body.path) for body in BODIES})
    for (method, path), body in product(routes, INVALID_BODIES):
        # A PATCH without changes is valid.
        yield Hostile(method, path, body)
    for body in DEEP_BODIES:
        yield Hostile("POST", f"{API}/users", body)
    for kind in WRONG_TYPES:
        yield Hostile("POST", f"{API}/users", GOOD, {"Content-Type": kind})
    for text in LISTS:
        yield Hostile("POST", f"{API}/users/bulk", text.encode())
    for items in ITEMS:
        yield Hostile("POST", f"{API}/orders", f'{{"user_id": 1, "items": {items}}}'.encode())


# Ids in paths.

INVALID_IDS = (
    *("0", "-1", "-0", str(2**31), str(-(2**31)), str(2**63), str(2**64), str(10**40), "9" * 5000),
    *("x", "1.5", "1e3", "1e400", "NaN", "Infinity", "true", "null", "0x1", "1;2", "1,2", "1'--"),
    *("%00", "1%00", "%ff", "%zz", "%", "%2e%2e", "..", "%F0%9F%98%80", "%D9%A1"),
    *("[1]", "{1}", "*", "$1", "%ed%a0%80", "a" * 30_000),
)
WITH_ID = (
    *(("GET", f"/{rows}/{{}}") for rows in ("users", "categories", "products", "orders")),
    *(("PATCH", f"/{rows}/{{}}") for rows in ("users", "categories", "products")),
    *(("DELETE", f"/{rows}/{{}}") for rows in ("users", "categories", "products")),
    ("GET", "/users/{}/orders"),
    ("POST", "/products/{}/stock"),
    ("PATCH", "/orders/{}/status"),
)
GOOD_CHANGES = b'{"version": 1, "change": 1, "status": "confirmed"}'
MISSING = frozenset({HTTPStatus.NOT_FOUND})


def paths() -> Iterator[Hostile]:
    """Yield requests for rows with invalid ids, and for a missing row."""
    for (method, path), row_id in product(WITH_ID, INVALID_IDS):
        yield Hostile(method, API + path.format(row_id), GOOD_CHANGES)
    for method, path in WITH_ID:
        yield Hostile(method, API + path.format(LARGEST), GOOD_CHANGES, expected=MISSING)
    for path in ("/", "//", "/api", "/api/v1", f"{API}/nothing", f"{API}//users", "/%00"):
        yield Hostile("GET", path, expected=MISSING)


METHODS = ("PUT", "TRACE", "CONNECT", "OPTIONS", "PROPFIND")
NOT_ALLOWED = frozenset({HTTPStatus.METHOD_NOT_ALLOWED})


def methods() -> Iterator[Hostile]:
    """Yield requests with methods that no route has."""
    for method, (_, path) in product(METHODS, WITH_ID):
        yield Hostile(method, API + path.format(1), GOOD_CHANGES, expected=NOT_ALLOWED)


# Queries and cursors.

ROWS = ("users", "products", "products/low-stock", "orders", "users/1/orders")
INVALID_PAGES = (
    "0",
    "-1",
    "1000001",
    str(2**63),
    "9" * 5000,
    "x",
    "",
    "1.5",
    "NaN",
    "%00",
    "%D9%A1",
)
BAD_QUERIES = (
    *(f"page={each}" for each in INVALID_PAGES),
    *(f"page_size={each}" for each in (*INVALID_PAGES, "101")),
    *(f"sort={each}" for each in ("", "x", "hashed_password", "id;", "--id", "id,id", "%00")),
    *("unknown=1", "PAGE=1", "page[]=1", "=1", "&".join(f"x{each}=1" for each in range(2000))),
    *(f"after={each}" for each in ("x", "!!!!", "%00", "%ff", "A" * 1001, "A" * 30_000, "====")),
)
INVALID_BOUNDS = (
    "NaN",
    "Infinity",
    "-Infinity",
    "1e400",
    "1E%2B999999999",
    "-1",
    "x",
    "0.001",
    "1_0",
)
INVALID_QUERY_IDS = ("0", "-1", str(2**31), str(2**63), "x", "NaN", "%00")
BAD_FILTERS: Mapping[str, Iterable[str]] = {
    "users": (
        *(f"search={each}" for each in ("", "%20", "%00", "a%00", "a" * 101)),
        *(f"is_active={each}" for each in ("", "maybe", "2", "%00")),
    ),
    "products": (
        *(f"category_id={each}" for each in INVALID_QUERY_IDS),
        *(f"{end}_price={each}" for end, each in product(("min", "max"), INVALID_BOUNDS)),
        "min_price=2&max_price=1",
        *(f"search={each}" for each in ("", "%20", "%00", "a%00", "a" * 101)),
        *(f"tag={each}" for each in ("", "%20", "%00", "a" * 51, "%F0", "a_b")),
        *(f"in_stock={each}" for each in ("", "maybe", "2")),
    ),
    "products/low-stock": [f"threshold={each}" for each in ("-1", str(2**31), "x", "NaN", "")],
    "orders": (
        *(f"user_id={each}" for each in INVALID_QUERY_IDS),
        *(f"status={each}" for each in ("", "lost", "PENDING", "%00")),
    ),
    "orders/top-spenders": [f"limit={each}" for each in ("0", "-1", "101", "x", str(2**63), "")],
    "orders/best-sellers": [f"limit={each}" for each in ("0", "-1", "101", "x", str(2**63), "")],
}


def queries() -> Iterator[Hostile]:
    """Yield requests for lists with invalid queries."""
    for rows, query in product(ROWS, BAD_QUERIES):
        yield Hostile("GET", f"{API}/{rows}?{query}")
    for rows, filters in BAD_FILTERS.items():
        for query in filters:
            yield Hostile("GET", f"{API}/{rows}?{query}")


def with_quoted(*values: str) -> tuple[str, ...]:
    """Return values, followed by those that are not texts in quotes, as cursors hold them."""
    return (*values, *(json.dumps(each) for each in values if not each.startswith('"')))


INVALID_TIMES = with_quoted(
    *('"x"', "null", "[]", "true", "1e400", "NaN", '""', r'"\u0000"', '"2026-01-01T00:00:00"'),
    *('"0001-01-01T00:00:00+23:59"', '"0001-01-01T00:00:00Z"', '"9999-12-31T23:59:59-23:59"'),
    *('"9999-12-31T23:59:59Z"', '"9999-01-01T00:00:00Z"', '"1000-01-01T23:59:59Z"'),
    *('"1000-01-02T00:00:00+14:00"', '"2026-13-01T00:00:00Z"', '"2026-01-01T00:00:00+99:99"'),
    *(str(10**40), "-1e308", '"%s"' % ("9" * 300)),
)
INVALID_SORT_TEXTS = ("1", "null", "[]", "{}", "true", *INVALID_CHARACTERS, json.dumps("a" * 401))
INVALID_SORT_PRICES = with_quoted(
    *("null", "[]", '"x"', '"NaN"', "NaN", "Infinity", "1e400", "1E+999999999", '"1e400"'),
    *('"1E+999999999"', '"0.001"', str(10**15), '"sNaN"', '""', "9" * 1000),
)
INVALID_SORT_NUMBERS = with_quoted(
    *("null", "[]", '"x"', str(-(2**31)), str(2**31), str(2**63), "NaN", "1e400", "1.5")
)
SORTS: Mapping[tuple[str, str], Iterable[str]] = {
    ("users", "id"): INVALID_SORT_NUMBERS,
    ("users", "-username"): INVALID_SORT_TEXTS,
    ("users", "email"): INVALID_SORT_TEXTS,
    ("users", "created_at"): INVALID_TIMES,
    ("products", "-id"): INVALID_SORT_NUMBERS,
    ("products", "name"): INVALID_SORT_TEXTS,
    ("products", "-price"): INVALID_SORT_PRICES,
    ("products", "-created_at"): INVALID_TIMES,
    ("products/low-stock", "stock_quantity"): INVALID_SORT_NUMBERS,
    ("orders", "-total_amount"): INVALID_SORT_PRICES,
    ("orders", "created_at"): INVALID_TIMES,
    ("users/1/orders", "-id"): INVALID_SORT_NUMBERS,
}
INVALID_LAST_IDS = (
    "null",
    "0",
    "-1",
    str(2**31),
    str(2**63),
    str(10**40),
    "NaN",
    '"x"',
    "[]",
    "{}",
)
INVALID_CURSORS = (
    *("", "x", "null", "{}", "[]", "[1]", '["id"]', '["id", 1]', '["id", 1, 1, 1]', '"abc"'),
    *('{"a": 1, "b": 2, "c": 3}', '[["id"], 1, 1]', '["id", 1, 1', '["-id", 1, 1]', "[" * 700),
    *("[" * 1400, "[" * 700 + "]" * 700, '{"a":' * 280, '["id", ' + "[" * 1400, "1" * 1400),
    *(f'["id", "1", {"9" * 1400}]', f'["id", "{"9" * 1400}", 1]', '["id", "1", 1e400]'),
    *('["id", "1", 1]]', "\ufeff[]", r'["\ud800", "1", 1]', '["id", "1", 1'),
    *('["name", "a", 1]', '["hashed_password", "a", 1]', "1" * 700, '["id", {"a": {}}, 1]'),
)
# Half of a byte, text that is not base64 for URLs, and base64 of bytes that are not UTF-8.
INVALID_BASE64 = (
    "W",
    "W1t",
    "+/+/",
    "__4=",
    "7aCA",
    "%F0%9F%98%80",
    "W10=%00",
    "W10=W10=",
    "_" * 2000,
)


def cursors() -> Iterator[Hostile]:
    """Yield requests for slices with cursors that the service did not issue."""
    for text in INVALID_CURSORS:
        yield slice_after("users", "id", text)
    for (rows, sort), values in SORTS.items():
        for value in values:
            yield slice_after(rows, sort, f'["{sort}", {value}, 1]')
    for (rows, sort), row_id in product((("users", "id"), ("orders", "-id")), INVALID_LAST_IDS):
        yield slice_after(rows, sort, f'["{sort}", "1", {row_id}]')
    for cursor in INVALID_BASE64:
        yield Hostile("GET", f"{API}/users?after={cursor}")


def slice_after(rows: str, sort: str, text: str) -> Hostile:
    """Return a request for the slice after a cursor that holds this text."""
    # A blank replaces the empty text, because an empty cursor is valid for the first slice.
    cursor = base64.urlsafe_b64encode(text.encode() or b" ").decode()
    return Hostile("GET", f"{API}/{rows}?sort={sort}&after={cursor}")


# Odd requests that the service accepts.

TAKEN = frozenset({HTTPStatus.OK})
ODD_HEADERS: tuple[Mapping[str, str], ...] = (
    *({"X-Forwarded-For": each} for each in ("[", ",,,", "\xff", "a:b", "[::1]:" + "9" * 30)),
    *({"X-Forwarded-Proto": each} for each in ("\xff", "ws", "", "a" * 1000)),
    *({"Cookie": each} for each in ("=;;;\xff", "a=" * 1000, '"\\999')),
    *({"Accept": "\xff"}, {"Accept-Encoding": "x;q=x"}, {"Origin": "\xff"}, {"Origin": "null"}),
    *({"Range": "bytes=9-1"}, {"If-Modified-Since": "x"}, {"Authorization": "Basic %%%"}),
    *({"Content-Encoding": "gzip"}, {"Content-Type": "\xff"}, {"traceparent": "\xff" * 100}),
)
GOOD_TIMES = ("1000-01-02T00:00:00+00:00", "9998-12-31T23:59:59.999999-00:00")
ODD_SEARCHES = ("%25", "_", "%5C", "/", "'", "%22", "%F0%9F%98%80", "%ff", "%ed%a0%80", "%01")
ODD_QUERIES = (
    *(f"users?search={each}" for each in ODD_SEARCHES),
    *(f"products?search={each}" for each in ODD_SEARCHES),
    *("users?page=1&page=2", "users?page=1000000", "users?&&&", "users?page=%31", "users?after="),
    *("products?min_price=0&max_price=99999999.99", "products/low-stock?threshold=2147483647"),
    *(f"products?category_id={LARGEST}", "orders/top-spenders?limit=100&unknown=1"),
)


def odd_reads() -> Iterator[Hostile]:
    """Yield requests that are odd but valid."""
    for query in ODD_QUERIES:
        yield Hostile("GET", f"{API}/{query}", expected=TAKEN)
    for headers in ODD_HEADERS:
        yield Hostile("GET", f"{API}/users", headers=headers, expected=TAKEN)
    for rows, time in product(("users", "products", "orders"), GOOD_TIMES):
        text = f'["created_at", "{time}", {LARGEST}]'
        odd = slice_after(rows, "created_at", text)
        yield Hostile("GET", odd.path, expected=TAKEN)


# Malformed HTTP, which the server answers itself, without the application.

START = b"POST /api/v1/users HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
INVALID_HTTP = (
    *(b"\x00\x01\x02\r\n\r\n", b"GET\r\n\r\n", b"FOO /health/live HTTP/1.1\r\n\r\n"),
    b"GET /health/ live HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /api/v1/users/\xff HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /health/live HTTP/9.9\r\nHost: a\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
    START + b"Content-Length: -1\r\n\r\n{}",
    START + b"Content-Length: x\r\n\r\n{}",
    START + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    START + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    START + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
    START + b"No colon\r\n\r\n{}",
)

# Odd texts for fields that accept any text.

ODD_TEXTS = (
    *("'; DROP TABLE users; --", '"', "\\", "%s %d {0} {{x}} ${x}", "%", "_", "NULL", "null", "0"),
    *("<script>alert(1)</script>", "../../etc/passwd", "\x01\x02\x1b[31m", "a\u2028b\u2029c"),
    *(
        "مرحبا",
        "\u202eabc",
        "e\u0301\u0302\u0303",
        "👩\u200d👩\u200d👧",
        "\ufffe\uffff",
        "\U0010ffff",
    ),
    *("ﷺ", "ß", "İı", "ﬀ", "\u200b", "-1", "=1+1", "1e400", "true"),
)


def all_refused() -> Iterator[Hostile]:
    """Yield every request of the tables that has to be refused."""
    yield from bodies()
    yield from invalid_bodies()
    yield from paths()
    yield from methods()
    yield from queries()
    yield from cursors()
