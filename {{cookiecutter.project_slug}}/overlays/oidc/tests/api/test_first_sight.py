"""Whoever has a token of the issuer becomes a user, once."""

# {% if cookiecutter.concurrency == "async" %}
import asyncio
# {% else %}
from concurrent.futures import ThreadPoolExecutor
# {% endif %}
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import select

from app.auth import known_users
from app.auth.models import Identity
from app.auth.roles import Role
from app.database.database import Database
from app.users.models import User
from tests.callers import API, headers_of, headers_with
from tests.client import Client, client_of
from tests.issuer import ISSUER

ME = f"{API}/users/me"
CLIENTS = 50


async def see(client: Client, subject: str, **claims: Any) -> dict[str, Any]:
    """Have the service see somebody, and return the user."""
    headers = headers_with(ISSUER.issue(subject, **claims))
    response = await client.get(ME, headers=headers)
    assert response.status_code == 200, response.text
    user: dict[str, Any] = response.json()
    return user


async def usernames(database: Database) -> list[str]:
    rows = await database.fetch_rows(select(User.username).order_by(User.id))
    return [row.username for row in rows]


async def test_a_user_is_made_of_what_the_token_says(visitor: Client) -> None:
    claims = {"preferred_username": "Ann.Lee@example.com", "name": "Ann Lee"}

    user = await see(visitor, "1", email="Ann@Example.com", **claims)

    assert user["username"] == "ann_lee"
    assert user["email"] == "ann@example.com"
    assert user["full_name"] == "Ann Lee"
    assert user["is_active"] is True


async def test_a_user_is_found_by_issuer_and_subject(
    visitor: Client, database: Database
) -> None:
    first = await see(visitor, "1", preferred_username="ann")

    again = await see(visitor, "1", preferred_username="bob", email="b@example.com")

    assert again == first
    rows = await database.fetch_rows(select(Identity.issuer, Identity.subject))
    assert [tuple(row) for row in rows] == [(ISSUER.url, "1")]


async def test_subjects_that_databases_take_for_equal_are_two(
    visitor: Client, database: Database
) -> None:
    for subject in ("ann", "ANN", "ann ", "änn"):
        await see(visitor, subject, preferred_username=None, email=None)

    assert len(await usernames(database)) == 4


async def test_many_first_requests_make_one_user(
    app: FastAPI, visitor: Client, database: Database
) -> None:
    tokens = [ISSUER.issue("ann", number=each) for each in range(CLIENTS)]

    async def call(token: str) -> int:
        response = await client_of(app).get(ME, headers=headers_with(token))
        return response.status_code

    # {% if cookiecutter.concurrency == "async" %}
    statuses = await asyncio.gather(*map(call, tokens))
    # {% else %}
    with ThreadPoolExecutor(CLIENTS) as threads:
        statuses = list(threads.map(call, tokens))
    # {% endif %}

    assert set(statuses) == {200}
    assert await usernames(database) == ["ann"]


@pytest.mark.parametrize(
    ("name", "address"),
    [
        (None, None),
        ("ann", None),
        (None, "ann@example.com"),
        ("ann", "ann@example.com"),
    ],
)
async def test_a_name_or_address_that_is_taken_is_left_out(
    visitor: Client, name: str | None, address: str | None
) -> None:
    await see(visitor, "1", preferred_username="ann", email="ann@example.com")

    other = await see(visitor, "2", preferred_username=name, email=address)

    assert other["username"].startswith("user_")
    assert other["email"] is None


@pytest.mark.parametrize(
    ("claim", "value"),
    [
        ("preferred_username", "x" * 51),
        ("preferred_username", "日本"),
        ("preferred_username", ["ann"]),
        ("email", "no address"),
        ("email", f"{'x' * 320}@example.com"),
        ("email", 7),
        ("name", "x" * 201),
        ("name", "nul \0"),
    ],
)
async def test_what_cannot_be_used_is_left_out(
    visitor: Client, claim: str, value: object
) -> None:
    user = await see(visitor, "1", **{claim: value})

    field = {"preferred_username": "username", "name": "full_name"}.get(claim, claim)
    assert user[field] is None or user[field].startswith("user_")


async def test_whom_an_admin_created_is_found_by_a_verified_address(
    client: Client,
) -> None:
    body = {"username": "annie", "email": "ann@example.com"}
    created = (await client.post(f"{API}/users", json=body)).json()

    unverified = await see(client, "1", email="ann@example.com", email_verified=False)
    similar = await see(client, "2", email="änn@example.com")
    verified = await see(client, "3", email="ann@example.com")
    later = await see(client, "4", email="ann@example.com")

    assert created["id"] not in (unverified["id"], similar["id"], later["id"])
    assert verified == created


async def test_a_user_is_looked_up_once_for_a_while(
    app: FastAPI, visitor: Client
) -> None:
    user = await see(visitor, "1")
    find_user = app.state.find_user

    app.state.find_user = None
    try:
        assert await see(visitor, "1") == user
    finally:
        app.state.find_user = find_user


async def test_a_user_who_is_deactivated_cannot_write_at_once(
    app: FastAPI, client: Client
) -> None:
    headers = await headers_of(client, "ann")
    user = (await client.get(ME, headers=headers)).json()
    url = f"{API}/users/{user['id']}"

    await client.patch(url, json={"is_active": False})

    written = await client.patch(url, json={"bio": "x"}, headers=headers)
    assert written.status_code == 403
    assert written.headers["content-type"] == "application/problem+json"
    assert written.headers["www-authenticate"].startswith("Bearer")
    # And cannot read when the user is looked up again.
    app.state.known_users.clear()
    assert (await client.get(ME, headers=headers)).status_code == 403
    await client.patch(url, json={"is_active": True})
    assert (await client.get(ME, headers=headers)).status_code == 200


async def test_another_role_is_in_the_next_token(visitor: Client) -> None:
    users = f"{API}/users"
    user = await headers_of(visitor, "ann")
    staff = await headers_of(visitor, "ann", Role.STAFF)

    assert (await visitor.get(users, headers=user)).status_code == 403
    assert (await visitor.get(users, headers=staff)).status_code == 200


def test_so_many_users_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known_users, "REMEMBERED", 2)
    users = known_users.KnownUsers()

    for number, key in enumerate("abac"):
        users.add(key, number)

    assert [users.get(key) for key in "abc"] == [2, None, 3]


def test_users_are_remembered_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known_users, "LIFETIME", 0)
    users = known_users.KnownUsers()
    users.add("a", 1)

    assert users.get("a") is None
