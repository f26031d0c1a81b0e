"""Reads of all rows of a service, to check that none of its data breaks a read."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from tests.reliability.wire import Answer, Wire

PAGE = 100
SLICE = 10  # a small number, so that many rows are the last of a slice

# Of every list, whichever way it is asked for.
FIELDS = {
    *("items", "total", "page", "page_size", "total_pages"),
    *("has_next", "has_previous", "next"),
}


@dataclass
class Reading:
    """Reads of every list and row in the OpenAPI document of a service.

    ``broken`` describes the reads that failed or contradicted others.
    """

    wire: Wire
    reads: int = 0
    broken: list[str] = field(default_factory=list)

    def everything(self) -> None:
        """Read each list in each order, by page number and by cursor, and each row by its id."""
        gets = {
            path: operations["get"]
            for path, operations in self.wire.get("/openapi.json").json()["paths"].items()
            if "get" in operations
        }
        ids = {path: self._collection(path, sorts_of(get)) for path, get in gets.items()}
        for path in gets:
            collection, brace, rest = path.partition("/{")
            if brace:
                below = rest.partition("}")[2]
                for row_id in sorted(ids[collection]):
                    self._read(f"{collection}/{row_id}{below}")

    def _collection(self, path: str, sorts: list[str]) -> set[int]:
        """Return the ids of all rows, or an empty set if the path needs an id."""
        if "{" in path:
            return set()
        if not sorts:
            return set(ids_in(self._read(path)))
        orders = [(list(walk(path, sort)), sort) for sort in sorts for walk in self._walks]
        ids = set(orders[0][0])
        for order, sort in orders:
            self._expect(sorted(order) == sorted(ids), f"{path}?sort={sort} has other rows")
        self._totals(path, len(ids))
        return ids

    def _totals(self, path: str, number: int) -> None:
        for count, total in (("", number), ("&count=exact", number), ("&count=none", None)):
            found = self._read(f"{path}?page_size=1{count}") or {}
            # The one page that there is tells its number without being counted.
            right = total if number > 1 else number
            told = found.get("total")
            self._expect(told == right, f"{path}, {number} rows: {count} tells {told}")

    @property
    def _walks(self) -> tuple[Any, Any]:
        return self._by_page, self._by_slice

    def _by_page(self, path: str, sort: str) -> Iterator[int]:
        page, more = 1, True
        while more:
            found = self._page(f"{path}?sort={sort}&page_size={PAGE}&page={page}")
            if found is None:
                return
            yield from ids_in(found["items"])
            page, more = page + 1, found["has_next"]

    def _by_slice(self, path: str, sort: str) -> Iterator[int]:
        cursor: str | None = ""
        while cursor is not None:
            found = self._page(f"{path}?sort={sort}&page_size={SLICE}&after={cursor}")
            if found is None:
                return
            yield from ids_in(found["items"])
            cursor = found["next"]

    def _page(self, path: str) -> Any:
        found = self._read(path)
        if found is not None:
            self._expect(found.keys() == FIELDS, f"{path} has the fields {[*found]}")
            goes_on = found["next"] is not None
            self._expect(goes_on == found["has_next"], f"{path}: next is {found['next']!r}")
        return found

    def _read(self, path: str) -> Any:
        answer = self.wire.get(path)
        self.reads += 1
        if self._expect(answer.status == HTTPStatus.OK, f"{path}: {shown(answer)}"):
            return answer.json()
        return None

    def _expect(self, holds: bool, otherwise: str) -> bool:
        if not holds:
            self.broken.append(otherwise)
        return holds


def sorts_of(operation: Any) -> list[str]:
    """Return the orders that a list can be sorted by; none if the operation is not a list."""
    for parameter in operation.get("parameters", ()):
        if parameter["name"] == "sort":
            sorts: list[str] = parameter["schema"]["enum"]
            return sorts
    return []


def ids_in(found: Any) -> Iterator[int]:
    """Yield the ids of rows, and of the rows below them in a tree."""
    rows: Iterable[Any] = found if isinstance(found, list) else ()
    for row in rows:
        if "id" in row:
            yield row["id"]
            yield from ids_in(row.get("children"))


def shown(answer: Answer) -> str:
    """Return an answer as one line of text."""
    return f"{answer.status} {answer.body[:300]!r} after {answer.seconds:.2f} s"
