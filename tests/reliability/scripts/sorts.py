"""Walk lists that are sorted by a column of each type that has an order, and count them."""

import random
from base64 import b64encode
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import StrEnum
from itertools import product
from typing import Any, Literal, get_args
from uuid import UUID

from app.database.base import Base
from app.database.database import Database
from app.database.rows import columns_for
from app.database.types import Money
from app.errors import Invalid
from app.lists.listing import COUNTED, Listing
from app.lists.page import Page, PageQuery
from pydantic import BaseModel
from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Enum,
    Float,
    Numeric,
    SmallInteger,
    String,
    Text,
    delete,
    event,
    insert,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.schema import CreateTable
from sqlalchemy.types import UserDefinedType

from .common import opened, report, run

ROWS = 40  # of few values for each column: in each sort there are equals
PAGE_SIZE = 3


class Grade(StrEnum):
    """Whose names and values are in different orders."""

    LOW = "3"
    MIDDLE = "1"
    HIGH = "2"


class Sample(Base):
    """A row with a column of each type that has an order."""

    __tablename__ = "samples"

    flag: Mapped[bool]
    number: Mapped[int]
    small: Mapped[int] = mapped_column(SmallInteger)
    large: Mapped[int] = mapped_column(BigInteger)
    measure: Mapped[float]
    price: Mapped[Money]
    name: Mapped[str] = mapped_column(String(100))
    grade: Mapped[Grade] = mapped_column(
        Enum(Grade, name="grade", native_enum=False, create_constraint=True, length=20)
    )
    token: Mapped[UUID]
    moment: Mapped[datetime]
    day: Mapped[date]
    hour: Mapped[time]


class SampleRead(BaseModel):
    """What is shown of a sample."""

    id: int
    flag: bool
    number: int
    small: int
    large: int
    measure: float
    price: Decimal
    name: str
    grade: Grade
    token: UUID
    moment: datetime
    day: date
    hour: time


Sort = Literal[
    "id",
    "-id",
    "flag",
    "-flag",
    "number",
    "-number",
    "small",
    "-small",
    "large",
    "-large",
    "measure",
    "-measure",
    "price",
    "-price",
    "name",
    "-name",
    "grade",
    "-grade",
    "token",
    "-token",
    "moment",
    "-moment",
    "day",
    "-day",
    "hour",
    "-hour",
]


class SampleQuery(PageQuery):
    """What lists of samples can be asked for."""

    flag: bool | None = None
    sort: Sort = "id"


SAMPLES = Listing(Page[SampleRead], SampleQuery, select(*columns_for(SampleRead, Sample)), Sample)

VALUES: dict[str, list[Any]] = {
    "flag": [False, True],
    "number": [-(2**31) + 1, -1, 0, 7, 2**31 - 1],
    "small": [-(2**15) + 1, 0, 2**15 - 1],
    "large": [-(2**63) + 1, 2**31, 2**53 + 1, 2**63 - 1],
    "measure": [-1e300, -0.1, 0.0, 1e-300, 0.1 + 0.2, 0.3, 1 / 3, 1.0, 1e16, 123456789.12345679],
    "price": [Decimal(each) for each in ("-0.01", "0.00", "4.50", "99999999999999.99")],
    "name": ["", "a", "A", "b", "É", "e", "ß", "ss", "it's", 'say "\\"', "% _", "日", "😀" * 100],
    "grade": list(Grade),
    "token": [UUID(int=each) for each in (0, 1, 2**64, 2**127, 2**128 - 1)],
    "moment": [
        datetime(1999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
        datetime(2000, 1, 1, tzinfo=UTC),
        datetime(2000, 1, 1, 0, 0, 0, 1, tzinfo=UTC),
        datetime(2038, 1, 19, 3, 14, 8, tzinfo=UTC),
    ],
    "day": [date(1000, 1, 1), date(1999, 12, 31), date(2000, 2, 29), date(9999, 12, 31)],
    "hour": [time(0), time(9, 30), time(9, 30, 1), time(23, 59, 59)],
}

# Values of any type, in JSON: some can be compared with a column, none may break a query.
MADE_UP = (
    *("true", "0", "1", "-1", "1.0", "0.5", "1e308", "-1e308", "1e-400", "null", "[]", "{}"),
    *(str(2**15), str(2**31), str(2**63), str(10**40), "NaN", "Infinity", '""', '"x"', '"1"'),
    *('"yes"', '"NaN"', '"inf"', '"1e400"', '"1E+999999999"', r'"\u0000"', r'"\ud800"'),
    *('"LOW"', '"3"', '"00000000-0000-0000-0000-000000000000"', '"{}"'.format("0" * 32)),
    *('"0001-01-01"', '"9999-12-31"', '"2026-01-01"', '"2026-01-01T00:00:00"'),
    *('"0001-01-01T00:00:00Z"', '"9999-12-31T23:59:59Z"', '"2026-01-01T00:00:00+14:00"'),
    *('"10:00"', '"10:00:00Z"', '"10:00:00+14:00"', '"23:59:59.9999999"', '"P1D"'),
)


class Place(UserDefinedType[str]):
    """A type of which SQLAlchemy knows no Python type."""

    cache_ok = True

    def get_col_spec(self, **_options: Any) -> str:
        return "POINT"


class Odd(Base):
    """A row with columns that no list can be sorted by."""

    __tablename__ = "odds"

    nickname: Mapped[str | None] = mapped_column(String(50))
    document: Mapped[dict[str, Any]] = mapped_column(JSON)
    single: Mapped[float] = mapped_column(Float())
    local: Mapped[datetime] = mapped_column(DateTime)
    exact: Mapped[Decimal] = mapped_column(Numeric)
    place: Mapped[str] = mapped_column(Place)
    essay: Mapped[str] = mapped_column(Text)
    abstract: Mapped[str] = mapped_column(String(401))


class OddRead(BaseModel):
    """What is shown of it."""

    id: int
    nickname: str | None
    document: dict[str, Any]
    single: float
    local: datetime
    exact: Decimal
    place: str
    essay: str
    abstract: str


class ByNickname(PageQuery):
    sort: Literal["id", "nickname"] = "id"


class ByDocument(PageQuery):
    sort: Literal["id", "document"] = "id"


class BySingle(PageQuery):
    sort: Literal["id", "-single"] = "id"


class ByLocal(PageQuery):
    sort: Literal["id", "-local"] = "id"


class ByExact(PageQuery):
    sort: Literal["id", "exact"] = "id"


class ByPlace(PageQuery):
    sort: Literal["place"] = "place"


class ByEssay(PageQuery):
    sort: Literal["essay"] = "essay"


class ByAbstract(PageQuery):
    sort: Literal["-abstract"] = "-abstract"


def refusals() -> dict[str, str | None]:
    """Return the reasons why the lists of odd rows are refused."""
    queries = (ByNickname, ByDocument, BySingle, ByLocal, ByExact, ByPlace, ByEssay, ByAbstract)
    return {query.__name__: refusal_of(query) for query in queries}


def refusal_of(query: type[PageQuery]) -> str | None:
    """Return the reason why a list is refused; None where it is not."""
    try:
        Listing(Page[OddRead], query, select(*columns_for(OddRead, Odd)), Odd)
    except TypeError as error:
        return str(error)
    return None


def rows(number: int) -> list[dict[str, Any]]:
    """Make samples of the values, the same each time."""
    chance = random.Random(number)
    return [{name: chance.choice(values) for name, values in VALUES.items()} for _ in range(number)]


async def fill(transaction: Any) -> None:
    """Make the table, with its rows."""
    await transaction.execute(CreateTable(Sample.__table__))
    await transaction.execute(insert(Sample.__table__), rows(ROWS))


async def refill(transaction: Any, number: int) -> None:
    """Put other rows in place of those that are there."""
    await transaction.execute(delete(Sample))
    await transaction.execute(insert(Sample.__table__), rows(number))


async def expected(database: Database, sort: str) -> list[int]:
    """Return all ids in the order that the database has of itself."""
    column = Sample.__table__.columns[sort.removeprefix("-")]
    order = column.desc() if sort.startswith("-") else column.asc()
    found = await database.fetch_rows(select(Sample.id).order_by(order, Sample.id))
    return [row_id for (row_id,) in found]


async def by_cursor(database: Database, **query: Any) -> AsyncIterator[int]:
    """Walk down a list by its cursors, and yield the ids."""
    after: str | None = ""
    while after is not None:
        asked = SampleQuery(after=after, page_size=PAGE_SIZE, **query)
        page = await SAMPLES.fetch(database, asked)
        for item in page.items:
            yield item.id
        after = page.next


async def by_number(database: Database, **query: Any) -> AsyncIterator[int]:
    """Walk down a list by the numbers of its pages, and yield the ids."""
    number, more = 1, True
    while more:
        asked = SampleQuery(page=number, page_size=PAGE_SIZE, **query)
        page = await SAMPLES.fetch(database, asked)
        for item in page.items:
            yield item.id
        number, more = number + 1, page.has_next


async def walks(database: Database) -> dict[str, Any]:
    """Walk down the list in each sort, in both ways, beside what is expected."""
    return {
        sort: [
            await expected(database, sort),
            [row_id async for row_id in by_cursor(database, sort=sort)],
            [row_id async for row_id in by_number(database, sort=sort)],
        ]
        for sort in get_args(Sort)
    }


async def refused_cursors(database: Database) -> int:
    """Ask for what comes after cursors that clients make up; count those that are refused.

    Whatever else comes of one, but a page, ends this program.
    """
    refused = 0
    for sort, value in product(get_args(Sort), MADE_UP):
        cursor = b64encode(f'["{sort}", {value}, 1]'.encode()).decode()
        try:
            await SAMPLES.fetch(database, SampleQuery(sort=sort, after=cursor))
        except Invalid:
            refused += 1
    return refused


async def totals(database: Database) -> list[int | None]:
    """Return the totals of a list for each way to count it."""
    ways: tuple[Any, ...] = (None, "exact", "none")
    pages = [await SAMPLES.fetch(database, SampleQuery(count=way)) for way in ways]
    return [page.total for page in pages]


async def totals_by_rows(database: Database) -> dict[str, Any]:
    """Return the totals of lists as long as is counted by default, and longer."""
    found = {}
    for number in (COUNTED, COUNTED + 1):
        await database.transaction(refill, number)
        found[str(number)] = await totals(database)
    return found


async def default_counts(database: Database) -> list[str]:
    """Return the statements, with their values, that count a list by default."""
    counts: list[str] = []

    def note(_connection: Any, _cursor: Any, sql: str, values: Any, *_others: Any) -> None:
        if "count(" in sql:
            counts.append(f"{sql} {values}")

    event.listen(database.read_engine, "before_cursor_execute", note)
    await SAMPLES.fetch(database, SampleQuery())
    await SAMPLES.fetch(database, SampleQuery(flag=True))
    event.remove(database.read_engine, "before_cursor_execute", note)
    return counts


async def main() -> None:
    """Walk, count, and try what is refused."""
    async with opened() as database:
        await database.transaction(fill)
        report(
            {
                "walks": await walks(database),
                "refusals": refusals(),
                "refused cursors": await refused_cursors(database),
                "totals": await totals_by_rows(database),
                "counts": await default_counts(database),
            }
        )


if __name__ == "__main__":
    run(main)
