"""Routes that read adopted tables: what to write is for the owner of their rules to say."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from cookiecutter_fastapi_sqlalchemy.errors import Refused
from cookiecutter_fastapi_sqlalchemy.features.derivation import to_sync

ALL = "all"
# ruff removes from the written file what it does not need.
SCHEMAS = '''\
"""What clients receive of the tables."""

import datetime as dt
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Literal
from uuid import UUID

from pydantic import BaseModel

from app.lists.page import PageQuery
from app.{feature}.models import {enums}
'''
QUERY = """

class {model}Query(PageQuery):
    sort: Literal["{key}", "-{key}"] = "{key}"
"""
QUERIES = '''\
"""What clients see of the tables."""

from sqlalchemy import bindparam, select

from app.database.database import Database
from app.errors import ensure_found
from app.{feature}.models import {models}
from app.{feature}.schemas import {schemas}
from app.lists.listing import Listing
from app.lists.page import Page

'''
SELECTS = """\
{MANY} = select({columns})
{ONE} = {MANY}.where({model}.{key} == bindparam("{one}_id"))
{ONE}_LIST = Listing(Page[{model}Read], {model}Query, {MANY}, {model})
"""
FUNCTIONS = '''

async def get_{one}(database: Database, {one}_id: int) -> {model}Read:
    """Fetch a row of {table}. Raises NotFound."""
    {one} = await database.fetch_one({model}Read, {ONE}, {one}_id={one}_id)
    return ensure_found({one}, "{words}", {one}_id)


async def list_{many}(database: Database, query: {model}Query) -> Page[{model}Read]:
    """Fetch a page of {table}."""
    return await {ONE}_LIST.fetch(database, query)
'''
ROUTER = '''\
"""HTTP for the tables, to read them."""

from typing import Annotated

from fastapi import Query
from pydantic import Field

from app.{feature} import queries
from app.{feature}.schemas import {schemas}
from app.http.dependencies import DatabaseDep
from app.http.fields import Id
from app.http.problems import NOT_FOUND
from app.http.router import Router
from app.lists.page import Page

router = Router(tags=["{feature}"])
'''
LARGE = """
# For keys of 64 bits.
LargeId = Annotated[int, Field(ge=1, le=2**63 - 1)]
"""
ROUTES = """

@router.get("{path}")
async def list_{many}(
    query: Annotated[{model}Query, Query()], database: DatabaseDep
) -> Page[{model}Read]:
    return await queries.list_{many}(database, query)


@router.get("{path}/{{{one}_id}}", responses=NOT_FOUND)
async def get_{one}({one}_id: {id}, database: DatabaseDep) -> {model}Read:
    return await queries.get_{one}(database, {one}_id)
"""
TESTS = '''\
"""The adopted tables over HTTP."""

from http import HTTPStatus

import pytest

from tests.client import Client

PATHS = [{paths}]


@pytest.mark.parametrize("path", PATHS)
async def test_rows_are_listed(client: Client, path: str) -> None:
    response = await client.get(f"/api/v1{{path}}")

    assert response.status_code == HTTPStatus.OK
    assert response.json()["items"] == []


@pytest.mark.parametrize("path", PATHS)
async def test_a_row_that_does_not_exist_is_not_found(client: Client, path: str) -> None:
    response = await client.get(f"/api/v1{{path}}/1")

    assert response.status_code == HTTPStatus.NOT_FOUND
'''


@dataclass(frozen=True)
class Routed:
    """The tables of a feature that get routes, with their names in Python."""

    feature: str
    tables: Sequence[dict[str, Any]]

    def files(self, is_async: bool) -> Iterator[tuple[str, str]]:
        """Yield the name and the text of each file, which are not yet formatted."""
        models = ", ".join(each["model"] for each in self.tables)
        schemas = ", ".join(
            f"{each['model']}{kind}" for each in self.tables for kind in ("Query", "Read")
        )
        large = LARGE if any(each["is_large"] for each in self.tables) else ""
        enums = ", ".join({name: None for each in self.tables for name in each["enums"]} or ["*"])
        names = {"feature": self.feature, "models": models, "schemas": schemas, "enums": enums}
        folder = f"app/{self.feature}"
        yield f"{folder}/schemas.py", self._schemas(names)
        texts = {
            f"{folder}/queries.py": "".join(
                [QUERIES.format(**names), *self._each(SELECTS), *self._each(FUNCTIONS)]
            ),
            f"{folder}/router.py": "".join([ROUTER.format(**names), large, *self._each(ROUTES)]),
            f"tests/api/test_{self.feature}.py": TESTS.format(
                paths=", ".join(repr(each["path"]) for each in self.tables)
            ),
        }
        for name, text in texts.items():
            yield name, text if is_async else to_sync(text)

    def _schemas(self, names: dict[str, str]) -> str:
        head = SCHEMAS.format(**names).replace(f"\nfrom app.{self.feature}.models import *\n", "")
        classes = [
            f"\n\nclass {each['model']}Read(BaseModel):\n    "
            + "\n    ".join(f"{name}: {annotation}" for name, annotation in each["fields"])
            + "\n"
            for each in self.tables
        ]
        return head + "".join([*classes, *self._each(QUERY)])

    def _each(self, template: str) -> Iterator[str]:
        for each in self.tables:
            columns = ", ".join(f"{each['model']}.{name}" for name, _ in each["fields"])
            yield template.format(
                **each,
                columns=columns,
                ONE=each["one"].upper(),
                MANY=each["many"].upper(),
                words=each["one"].replace("_", " "),
                id="LargeId" if each["is_large"] else "Id",
            )

    @property
    def named(self) -> Any:
        """What `add_to_main` has to know of a feature."""
        return SimpleNamespace(name=self.feature)


def routed(asked: Sequence[str], readable: dict[str, list[dict[str, Any]]]) -> list[Routed]:
    """Return the tables that get routes, by feature. Raises Refused for one that cannot."""
    known = {each["table"] for tables in readable.values() for each in tables}
    for table in asked:
        if table not in known and table != ALL:
            raise Refused(
                f"There can be no routes for {table}, as lists need a key of one integer that is "
                "called in Python as in SQL: leave it out of --routes, and write them by hand."
            )
    chosen = {
        feature: [each for each in tables if ALL in asked or each["table"] in asked]
        for feature, tables in readable.items()
    }
    return [Routed(feature, tables) for feature, tables in chosen.items() if tables]
