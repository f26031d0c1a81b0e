"""The database as a caller may use it."""

from typing import Any, TypeAlias, cast

from fastapi import Request
# {% if cookiecutter.concurrency == "sync" and cookiecutter.data_access == "dao" %}
from sqlalchemy import Connection, CursorResult, UpdateBase, bindparam, select
# {% else %}
from sqlalchemy import CursorResult, UpdateBase, bindparam, select
# {% endif %}
# {% if cookiecutter.data_access == "repository" %}
from sqlalchemy.ext.asyncio import AsyncSession
# {% elif cookiecutter.concurrency == "async" %}
from sqlalchemy.ext.asyncio import AsyncConnection
# {% endif %}

from app.auth.models import SignIn
from app.auth.tokens import Caller
from app.database.database import Arguments, Database, Result, Work
from app.errors import Unauthorized
from app.users.models import User

Transaction: TypeAlias = {{ "AsyncSession" if cookiecutter.data_access == "repository" else "AsyncConnection" }}

# Of a user whose role has changed, the access token is no longer right.
SIGNED_IN = (
    select(SignIn.id)
    .join(User, User.id == SignIn.user_id)
    .where(
        SignIn.id == bindparam("sign_in_id"),
        User.id == bindparam("user_id"),
        User.role == bindparam("role"),
        User.is_active,
    )
)


class CallersDatabase(Database):
    """The service's database, with transactions that check the caller first.

    An access token is valid until it expires. Whoever has signed out, changed the
    password or been deactivated since then cannot write any more: each transaction
    begins with a look at the sign-in. Reads do not look, and end with the token.
    """

    def __init__(self, database: Database, request: Request) -> None:
        vars(self).update(vars(database))
        self._request = request

    async def transaction(
        self,
        work: Work[Arguments, Result],
        *args: Arguments.args,
        **kwargs: Arguments.kwargs,
    ) -> Result:
        """Run the work as `Database` does. Raises Unauthorized for a caller of before."""
        caller: Caller | None = getattr(self._request.state, "caller", None)
        if caller is None:
            return await super().transaction(work, *args, **kwargs)

        async def check_and_work(
            transaction: Transaction,
            /,
            *args: Arguments.args,
            **kwargs: Arguments.kwargs,
        ) -> Result:
            await _ensure_signed_in(transaction, caller)
            return await work(transaction, *args, **kwargs)

        return await super().transaction(check_and_work, *args, **kwargs)


async def _ensure_signed_in(transaction: Transaction, caller: Caller) -> None:
    values = {
        "sign_in_id": caller.sign_in_id,
        "user_id": caller.user_id,
        "role": caller.role,
    }
    found = await transaction.execute(SIGNED_IN, values)
    if found.first() is None:
        raise Unauthorized("You are no longer signed in.", "invalid_token")


async def write(
    transaction: Transaction, statement: UpdateBase, values: dict[str, Any]
) -> CursorResult[Any]:
    """Run an INSERT, UPDATE or DELETE, and return what it says of its rows."""
    result = await transaction.execute(statement, values)
    return cast(CursorResult[Any], result)
