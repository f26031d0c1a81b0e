"""What the routes of every feature are given.

Dependencies are coroutines: FastAPI sends plain functions, and classes, to a thread.
https://fastapi.tiangolo.com/async/#dependencies
"""

from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

from fastapi import Depends, Request

from app.database.session import Database

Given = TypeVar("Given")


async def get_database(request: Request) -> Database:
    database: Database = request.app.state.database
    return database


DatabaseDep = Annotated[Database, Depends(get_database)]


def given(make: Callable[[Database], Given]) -> Callable[[Request], Awaitable[Given]]:
    """Make the dependency that gives ``make(database)`` to a route."""

    async def give(request: Request) -> Given:
        return make(await get_database(request))

    return give
