"""Let services of two features work in one transaction, and requests be retried."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from app.catalog import service as catalog
from app.catalog.models import Category
from app.catalog.schemas import CategoryCreate
from app.database.database import Database
from app.errors import Conflict, Retryable
from app.main import create_app
from app.users import passwords
from app.users import service as users
from app.users.models import User
from app.users.schemas import UserCreate
from fastapi import FastAPI
from sqlalchemy import event, func, select

from tests.client import client_of

from .common import opened, report, run

# Whoever opens a second connection within a transaction waits for it in vain.
ONE_CONNECTION = {"database_pool_size": 1, "database_pool_timeout": 0.5}

ANN = {"username": "ann", "email": "ann@example.com", "password": "correct horse"}
TEA = CategoryCreate(name="Tea", slug="tea")
USERS = "/api/v1/users"


async def register(transaction: Any, *categories: CategoryCreate) -> None:
    """Create a user by one feature's service, and categories by another's."""
    await users.create(transaction, UserCreate(**ANN), "hash")
    for category in categories:
        await catalog.create_category(transaction, category)


async def stored(database: Database) -> list[int]:
    """Count the users and the categories that there are."""
    counts = []
    for model in (User, Category):
        [[number]] = await database.fetch_rows(select(func.count()).select_from(model))
        counts.append(number)
    return counts


@contextmanager
def noted(engine: Any) -> Iterator[list[str]]:
    """Note what begins and ends transactions, and which connections are taken."""
    seen: list[str] = []
    targets = {"begin": engine, "commit": engine, "rollback": engine, "checkout": engine.pool}

    def noting(name: str) -> Callable[..., None]:
        return lambda *_arguments: seen.append(name)

    hooks = [(target, name, noting(name)) for name, target in targets.items()]
    for hook in hooks:
        event.listen(*hook)
    yield seen
    for hook in hooks:
        event.remove(*hook)


async def share_a_transaction() -> dict[str, Any]:
    """Let the second service fail, and then not; say what was stored, and by what."""
    async with opened(**ONE_CONNECTION) as database:
        with noted(database.engine.sync_engine) as failed:
            try:
                await database.transaction(register, TEA, TEA)
                refused = False
            except Conflict:
                refused = True
        before = await stored(database)
        with noted(database.engine.sync_engine) as succeeded:
            await database.transaction(register, TEA)
        return {
            "refused": refused,
            "failed": sorted(failed),
            "stored by what failed": before,
            "succeeded": sorted(succeeded),
            "stored": await stored(database),
        }


class CountingHasher:
    """Hashes nothing, and counts how often it is asked to."""

    def __init__(self) -> None:
        self.calls = 0

    def hash(self, _password: str) -> str:
        self.calls += 1
        return f"hash {self.calls}"


def undone_once(service: Callable[..., Any]) -> Callable[..., Any]:
    """Make a service whose first run is undone by other transactions."""
    runs = []

    async def run_or_fail(*arguments: Any) -> Any:
        runs.append(arguments)
        result = await service(*arguments)
        if len(runs) == 1:
            raise Retryable("Other requests changed the same data at the same time.")
        return result

    return run_or_fail


async def retried(app: FastAPI, name: str, method: str, path: str, body: Any) -> Any:
    """Send a request whose first transaction is undone; return the answer and the hashes."""
    hasher = CountingHasher()
    undone = undone_once(getattr(users, name))
    with patch.object(users, name, undone), patch.object(passwords, "hasher", hasher):
        answer = await client_of(app).request(method, path, json=body)
    return [answer.status_code, hasher.calls]


async def hash_once() -> dict[str, Any]:
    """Create a user and change the password, while the first transactions are undone."""
    app = create_app()
    new = ANN | {"username": "bob", "email": "bob@example.com"}
    created = await retried(app, "create", "POST", USERS, new)
    page = await client_of(app).get(f"{USERS}?search=bob")
    [bob] = page.json()["items"]
    change = {"password": "battery staple"}
    updated = await retried(app, "update", "PATCH", f"{USERS}/{bob['id']}", change)
    await app.state.database.dispose()
    return {"created": created, "updated": updated}


async def main() -> None:
    """Do both."""
    report({"shared": await share_a_transaction(), "hashed": await hash_once()})


if __name__ == "__main__":
    run(main)
