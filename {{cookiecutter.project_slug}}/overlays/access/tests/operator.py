"""Who calls in tests that are not about who may call."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

from fastapi import Depends, FastAPI, Request

from app.auth.authentication import authenticate, scheme
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
        del app.dependency_overrides[authenticate]


def operate(app: FastAPI) -> None:
    """Take whoever sends no access token for the operator."""
    app.dependency_overrides[authenticate] = _caller_or_operator


async def _caller_or_operator(
    request: Request, token: Annotated[str | None, Depends(scheme)]
) -> Caller:
    return await authenticate(request, token) if token else OPERATOR
