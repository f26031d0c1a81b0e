"""How often somebody may try to sign in, and how many at once."""

# {% if cookiecutter.concurrency == "async" %}
import asyncio
from collections.abc import AsyncIterator
# {% else %}
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
# {% endif %}
from contextlib import ExitStack
from typing import Any

import pytest
from fastapi import FastAPI, Request
from sqlalchemy import select, update

from app.attempts.models import SignInAttempts
from app.attempts.service import address_of
from app.database.base import utc_now
from app.database.database import Database
from app.main import create_app
from app.settings import Settings
from app.users import passwords
from tests.api.test_sign_in import TOKEN, register
from tests.callers import API, PASSWORD, headers_of
from tests.client import Client, client_of
from tests.databases import execute

LIMIT = 5
WRONG = "wrong"


@pytest.fixture(scope="module")
async def app(settings: Settings, migrated_database: None) -> AsyncIterator[FastAPI]:
    """The service, where few attempts of an account or address may fail."""
    few = {"auth_attempts_per_account": LIMIT, "auth_attempts_per_address": 2 * LIMIT}
    app = create_app(settings.model_copy(update=few))
    yield app
    await app.state.database.dispose()


async def attempt(client: Client, username: str, password: str = WRONG) -> Any:
    form = {"username": username, "password": password}
    return await client.post(TOKEN, data=form)


async def test_after_some_failures_the_right_password_is_not_checked(
    visitor: Client,
) -> None:
    await register(visitor)
    for _ in range(LIMIT):
        assert (await attempt(visitor, "ann")).status_code == 401

    refused = await attempt(visitor, "ann", PASSWORD)

    assert refused.status_code == 429
    assert refused.headers["content-type"] == "application/problem+json"
    assert 0 < int(refused.headers["retry-after"]) <= 900
    # The address of mail belongs to the same account.
    by_mail = await attempt(visitor, "ann@example.com", PASSWORD)
    assert by_mail.status_code == 429


async def test_who_does_not_exist_is_bounded_likewise(visitor: Client) -> None:
    answers = [await attempt(visitor, "nobody") for _ in range(LIMIT + 1)]

    statuses = [answer.status_code for answer in answers]
    assert statuses == [401] * LIMIT + [429]


async def test_an_address_is_bounded_whoever_it_tries(visitor: Client) -> None:
    names = [f"user_{number}" for number in range(2 * LIMIT + 1)]

    statuses = [(await attempt(visitor, name)).status_code for name in names]

    assert statuses == [401] * 2 * LIMIT + [429]


async def test_what_succeeds_is_not_counted(visitor: Client) -> None:
    await register(visitor)

    for _ in range(3 * LIMIT):
        assert (await attempt(visitor, "ann", PASSWORD)).status_code == 200


async def test_there_are_new_attempts_when_the_window_is_over(
    visitor: Client, database: Database
) -> None:
    for _ in range(LIMIT + 1):
        await attempt(visitor, "nobody")
    await execute(database, update(SignInAttempts).values(ends_at=utc_now()))

    assert (await attempt(visitor, "nobody")).status_code == 401
    numbers = await database.fetch_rows(select(SignInAttempts.number))
    assert [row.number for row in numbers] == [1, 1]


async def test_attempts_at_the_same_time_cannot_pass_the_bound(
    app: FastAPI, visitor: Client
) -> None:
    clients = [client_of(app) for _ in range(3 * LIMIT)]
    # {% if cookiecutter.concurrency == "async" %}
    answers = await asyncio.gather(*(attempt(each, "nobody") for each in clients))
    # {% else %}
    with ThreadPoolExecutor(len(clients)) as threads:
        answers = list(threads.map(lambda each: attempt(each, "nobody"), clients))
    # {% endif %}

    statuses = [answer.status_code for answer in answers]
    assert statuses.count(401) == LIMIT
    assert statuses.count(429) == 2 * LIMIT


async def test_a_stolen_access_token_does_not_help_to_guess(visitor: Client) -> None:
    await register(visitor)
    headers = await headers_of(visitor, "ann")
    change = {"current_password": "wrong", "new_password": "battery staple"}
    url = f"{API}/users/me/password"

    statuses = []
    for _ in range(LIMIT + 1):
        answer = await visitor.put(url, json=change, headers=headers)
        statuses.append(answer.status_code)

    assert statuses == [422] * LIMIT + [429]


async def test_where_too_many_wait_others_are_told_to_come_back(
    visitor: Client, database: Database
) -> None:
    with ExitStack() as others:
        for _ in range(passwords.THREADS + passwords.WAITING):
            others.enter_context(passwords.hashing_permitted())
        refused = await attempt(visitor, "ann")

    assert refused.status_code == 503
    assert refused.headers["retry-after"] == "1"
    # It was no attempt.
    assert await database.fetch_rows(select(SignInAttempts.number)) == []


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:db8::2:1", "2001:db8::/64"),
        ("testclient", "testclient"),
    ],
)
def test_an_address_of_ipv6_is_one_of_many_of_a_client(host: str, address: str) -> None:
    assert address_of(Request({"type": "http", "client": (host, 1)})) == address
