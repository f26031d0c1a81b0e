"""The database as a caller may use it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, TypeAlias, cast

from fastapi import Request
# {% if cookiecutter.concurrency == "sync" and cookiecutter.data_access == "dao" %}
from sqlalchemy import Connection, CursorResult, UpdateBase
# {% else %}
from sqlalchemy import CursorResult, UpdateBase
# {% endif %}
# {% if cookiecutter.data_access == "repository" %}
from sqlalchemy.ext.asyncio import AsyncSession
# {% elif cookiecutter.concurrency == "async" %}
from sqlalchemy.ext.asyncio import AsyncConnection
# {% endif %}

from app.auth.caller import Caller
# {% if cookiecutter.auth == "jwt" %}
from app.auth.sign_ins import ENDED, SIGNED_IN
# {% endif %}
from app.database.database import Database
# {% if cookiecutter.database == "postgresql" %}
from app.database.replicated import ReplicatedDatabase
# {% endif %}
# {% if cookiecutter.auth == "jwt" %}
from app.errors import Unauthorized
# {% else %}
from app.errors import Forbidden
# {% endif %}

Transaction: TypeAlias = {{ "AsyncSession" if cookiecutter.data_access == "repository" else "AsyncConnection" }}


class CallersDatabase({{ "ReplicatedDatabase" if cookiecutter.database == "postgresql" else "Database" }}):
    """The service's database, with transactions that check the caller first.

    An access token is valid until it expires. Whoever has lost the right to call since
    then, by a deactivation for example, cannot write any more: each transaction begins
    with a look, and raises {{ "Unauthorized" if cookiecutter.auth == "jwt" else "Forbidden" }}. Reads do not look.
    """

    def __init__(self, database: Database, request: Request) -> None:
        vars(self).update(vars(database))
        self._request = request

    # {% if cookiecutter.data_access == "repository" %}
    @asynccontextmanager
    async def session(self) -> AsyncIterator[AsyncSession]:
        """Open a session as `Database` does, and check the caller in it."""
        async with super().session() as session:
            await self._check_caller(session)
            yield session

    # {% else %}
    @asynccontextmanager
    async def connection(self) -> AsyncIterator[AsyncConnection]:
        """Open a connection as `Database` does, and check the caller by it."""
        async with super().connection() as connection:
            await self._check_caller(connection)
            yield connection

    # {% endif %}
    async def _check_caller(self, transaction: Transaction) -> None:
        # Now, and not before: then all dependencies of the route have run.
        caller: Caller | None = getattr(self._request.state, "caller", None)
        if caller is None:
            return
        # {% if cookiecutter.auth == "jwt" %}
        values = {"sign_in_id": caller.sign_in_id, "user_id": caller.user_id}
        found = await transaction.execute(SIGNED_IN, values)
        if found.first() is None:
            raise Unauthorized("You are no longer signed in.", "invalid_token")
        # {% else %}
        # The statement is one on users, whom only features know.
        active = self._request.app.state.active_user
        found = await transaction.execute(active, {"user_id": caller.user_id})
        if found.first() is None:
            raise Forbidden("Your account is not active here.")
        # {% endif %}


async def write(
    transaction: Transaction, statement: UpdateBase, values: dict[str, Any]
) -> CursorResult[Any]:
    """Run an INSERT, UPDATE or DELETE, and return what it says of its rows."""
    result = await transaction.execute(statement, values)
    return cast(CursorResult[Any], result)
# {% if cookiecutter.auth == "jwt" %}


async def end_sign_ins(transaction: Transaction, user_id: int) -> None:
    """End all sign-ins of a user, who can write no more, and must sign in again."""
    await write(transaction, ENDED, {"owner_id": user_id})
# {% endif %}
