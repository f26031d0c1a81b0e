"""Who calls in tests that are not about who may call."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

from fastapi import FastAPI, Request

from app.auth.access import Access
from app.auth.authentication import scheme
from app.auth.caller import Caller
from app.auth.roles import Role
from app.database.base import LARGEST_INTEGER

# May do everything, and has no row, so that the lists of the tests are theirs alone.
# {% if cookiecutter.auth == "jwt" %}
OPERATOR = Caller(user_id=LARGEST_INTEGER, sign_in_id=0, role=Role.ADMIN)
# {% else %}
OPERATOR = Caller(user_id=LARGEST_INTEGER, role=Role.ADMIN)
# {% endif %}


@contextmanager
def operating(app: FastAPI) -> Iterator[None]:
    """Take whoever sends no access token for the operator meanwhile."""
    operate(app)
    try:
        yield
    finally:
        for role in Role:
            del app.dependency_overrides[Access(role)]


def operate(app: FastAPI) -> None:
    """Take whoever sends no access token for the operator."""
    for role in Role:
        app.dependency_overrides[Access(role)] = _or_operator(Access(role))


def _or_operator(access: Access) -> Callable[[Request], Awaitable[Caller]]:
    async def caller(request: Request) -> Caller:
        return await access(request) if await scheme(request) else OPERATOR

    return caller
