"""The database as a caller may use it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
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

from app.auth.caller import Caller
# {% if cookiecutter.auth == "jwt" %}
from app.auth.models import SignIn
# {% endif %}
from app.database.database import Database
# {% if cookiecutter.database == "postgresql" %}
from app.database.replicated import ReplicatedDatabase
# {% endif %}
# {% if cookiecutter.auth == "jwt" %}
from app.errors import Unauthorized
# {% else %}
from app.errors import Forbidden
from app.users.models import User
# {% endif %}

Transaction: TypeAlias = {{ "AsyncSession" if cookiecutter.data_access == "repository" else "AsyncConnection" }}

# {% if cookiecutter.auth == "jwt" %}
SIGNED_IN = select(SignIn.id).where(
    SignIn.id == bindparam("sign_in_id"), SignIn.user_id == bindparam("user_id")
)
ENDED = SignIn.__table__.delete().where(SignIn.user_id == bindparam("owner_id"))
# {% else %}
ACTIVE = select(User.id).where(User.id == bindparam("user_id"), User.is_active)
# {% endif %}


class CallersDatabase({{ "ReplicatedDatabase" if cookiecutter.database == "postgresql" else "Database" }}):
    """The service's database, with transactions that check the caller first.

    # {% if cookiecutter.auth == "jwt" %}
    An access token is valid until it expires. Whoever has signed out, changed the
    password, been deactivated or got another role since then cannot write any more: each
    transaction begins with a look at the sign-in, and raises Unauthorized. Reads do not
    look, and end with the token.
    # {% else %}
    An access token is valid until it expires. Who was deactivated since then cannot write
    any more: each transaction begins with a look at the user, and raises Forbidden. Reads
    do not look, and end when the process looks for the user again.
    # {% endif %}
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
        found = await transaction.execute(ACTIVE, {"user_id": caller.user_id})
        if found.first() is None:
            raise Forbidden("Your account is not active here.")
        # {% endif %}


async def write(
    transaction: Transaction, statement: UpdateBase, values: dict[str, Any]
) -> CursorResult[Any]:
    """Run an INSERT, UPDATE or DELETE, and return what it says of its rows."""
    result = await transaction.execute(statement, values)
    return cast(CursorResult[Any], result)


async def end_sign_ins(transaction: Transaction, user_id: int) -> None:
    """End all sign-ins of a user, who can write no more, and must sign in again."""
    await write(transaction, ENDED, {"owner_id": user_id})
