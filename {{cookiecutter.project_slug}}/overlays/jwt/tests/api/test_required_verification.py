"""A service where users verify their address before they sign in."""

# {% if cookiecutter.concurrency == "async" %}
from collections.abc import AsyncIterator
# {% else %}
from collections.abc import Iterator
# {% endif %}
from typing import Any

import pytest
from fastapi import FastAPI

from app.auth.roles import Role
from app.database.database import Database
from app.main import create_app
from app.settings import Settings
from tests.api.test_sign_in import TOKEN, register
from tests.callers import API, PASSWORD, headers_in_role
from tests.client import Client
from tests.mailbox import Mailbox

CONFIRM = f"{API}/auth/verification/confirm"


@pytest.fixture(scope="module")
async def app(settings: Settings, migrated_database: None) -> AsyncIterator[FastAPI]:
    """The service, where few attempts may fail."""
    changes = {"auth_require_verified_email": True, "auth_attempts_per_account": 2}
    app = create_app(settings.model_copy(update=changes))
    yield app
    await app.state.database.dispose()


async def attempt(client: Client, password: str = PASSWORD) -> Any:
    form = {"username": "ann", "password": password}
    return await client.post(TOKEN, data=form)


async def test_who_has_not_verified_the_address_cannot_sign_in(
    visitor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailbox = Mailbox.opened(monkeypatch)
    await register(visitor)

    # The password was right each time, so these are no failures.
    for _ in range(4):
        refused = await attempt(visitor)
        assert refused.status_code == 403
        assert refused.headers["content-type"] == "application/problem+json"
        assert "Verify" in refused.json()["detail"]
    await visitor.post(CONFIRM, json={"token": mailbox.take_token()})

    assert (await attempt(visitor)).status_code == 200


async def test_a_wrong_password_does_not_tell_whether_the_address_is_verified(
    visitor: Client,
) -> None:
    await register(visitor)

    assert (await attempt(visitor, "wrong")).status_code == 401


async def test_users_of_the_command_are_verified(
    visitor: Client, database: Database
) -> None:
    headers = await headers_in_role(visitor, database, Role.ADMIN)

    me = await visitor.get(f"{API}/users/me", headers=headers)

    assert me.json()["email_verified_at"] is not None
