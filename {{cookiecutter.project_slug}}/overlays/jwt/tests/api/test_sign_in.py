"""Signing in and out: tokens are replaced, and end when they should."""

# {% if cookiecutter.concurrency == "async" %}
import asyncio
# {% else %}
from concurrent.futures import ThreadPoolExecutor
# {% endif %}
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import select, update

from app.auth.models import SignIn
from app.database.base import utc_now
from app.database.database import Database
from app.users import passwords
from app.users.models import User
from tests.callers import API, PASSWORD, headers_with, sign_in
from tests.client import Client, client_of
from tests.databases import execute

ME = f"{API}/users/me"
TOKEN = f"{API}/auth/token"


async def register(client: Client, username: str = "ann") -> dict[str, Any]:
    email = f"{username}@example.com"
    body = {"username": username, "email": email, "password": PASSWORD}
    response = await client.post(f"{API}/users", json=body)
    user: dict[str, Any] = response.json()
    return user


async def refresh(client: Client, tokens: dict[str, Any]) -> Any:
    body = {"refresh_token": tokens["refresh_token"]}
    return await client.post(f"{API}/auth/refresh", json=body)


async def write(client: Client, user: dict[str, Any], tokens: dict[str, Any]) -> int:
    """Change something as the user, and return the status code of the answer."""
    headers = headers_with(tokens["access_token"])
    url = f"{API}/users/{user['id']}"
    return (await client.patch(url, json={"bio": "x"}, headers=headers)).status_code


async def read(client: Client, tokens: dict[str, Any]) -> int:
    """Read something as the user, and return the status code of the answer."""
    headers = headers_with(tokens["access_token"])
    return (await client.get(ME, headers=headers)).status_code


@pytest.mark.parametrize("name", ["ann", "ANN", "Ann@Example.com"])
async def test_a_user_signs_in_by_name_or_address(visitor: Client, name: str) -> None:
    user = await register(visitor)

    tokens = await sign_in(visitor, name)

    assert tokens["token_type"] == "bearer"
    assert tokens["scope"] == "user"
    me = await visitor.get(ME, headers=headers_with(tokens["access_token"]))
    assert me.json() == user


async def test_tokens_are_not_cached_and_not_stored(
    visitor: Client, database: Database
) -> None:
    await register(visitor)

    response = await visitor.post(TOKEN, data={"username": "ann", "password": PASSWORD})

    assert response.headers["cache-control"] == "no-store"
    [row] = await database.fetch_rows(select(SignIn.family_hash, SignIn.secret_hash))
    assert row.family_hash not in response.text
    assert response.json()["refresh_token"] not in str(row)


async def test_wrong_names_and_wrong_passwords_are_answered_alike(
    visitor: Client,
) -> None:
    await register(visitor)

    visitor.headers["X-Request-ID"] = "the-same"
    forms = ({"username": "ann", "password": "x"}, {"username": "bob", "password": "x"})
    answers = [await visitor.post(TOKEN, data=form) for form in forms]

    assert {answer.status_code for answer in answers} == {401}
    assert answers[0].content == answers[1].content
    assert answers[0].headers == answers[1].headers
    assert answers[0].headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("username", ["ann", "bob", "imported"])
async def test_a_password_is_checked_whoever_signs_in(
    visitor: Client, database: Database, monkeypatch: pytest.MonkeyPatch, username: str
) -> None:
    await register(visitor)
    await register(visitor, "imported")
    unusable = update(User).values(hashed_password=passwords.UNUSABLE_HASH)
    await execute(database, unusable.where(User.username == "imported"))
    checked: list[str] = []
    hasher = passwords.hasher

    class Remembering:
        def hash(self, password: str) -> str:
            return hasher.hash(password)

        def verify(self, password: str, hashed: str) -> bool:
            checked.append(password)
            return hasher.verify(password, hashed)

    monkeypatch.setattr(passwords, "hasher", Remembering())

    wrong = {"username": username, "password": "wrong"}
    assert (await visitor.post(TOKEN, data=wrong)).status_code == 401
    assert checked == ["wrong"]


async def test_a_refresh_token_is_replaced(visitor: Client) -> None:
    user = await register(visitor)
    first = await sign_in(visitor, "ann")

    second = (await refresh(visitor, first)).json()
    third = (await refresh(visitor, second)).json()

    assert len({each["refresh_token"] for each in (first, second, third)}) == 3
    assert await write(visitor, user, third) == 200


async def test_a_refresh_token_that_is_used_again_ends_the_sign_in(
    visitor: Client,
) -> None:
    user = await register(visitor)
    stolen = await sign_in(visitor, "ann")
    other = await sign_in(visitor, "ann")
    newest = (await refresh(visitor, stolen)).json()

    again = await refresh(visitor, stolen)

    assert again.status_code == 401
    assert (await refresh(visitor, newest)).status_code == 401
    assert await write(visitor, user, newest) == 401
    assert (await refresh(visitor, other)).status_code == 200


async def test_of_many_that_use_a_refresh_token_one_gets_the_next(
    app: FastAPI, visitor: Client
) -> None:
    await register(visitor)
    tokens = await sign_in(visitor, "ann")

    # {% if cookiecutter.concurrency == "async" %}
    clients = [client_of(app) for _ in range(20)]
    answers = await asyncio.gather(*(refresh(each, tokens) for each in clients))
    # {% else %}
    clients = [client_of(app) for _ in range(20)]
    with ThreadPoolExecutor(len(clients)) as threads:
        answers = list(threads.map(lambda each: refresh(each, tokens), clients))
    # {% endif %}

    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == [200] + [401] * 19
    [newest] = [each.json() for each in answers if each.status_code == 200]
    assert (await refresh(visitor, newest)).status_code == 401


async def test_a_sign_in_expires(visitor: Client, database: Database) -> None:
    await register(visitor)
    tokens = await sign_in(visitor, "ann")
    await execute(database, update(SignIn).values(expires_at=utc_now()))

    assert (await refresh(visitor, tokens)).status_code == 401
    assert await database.fetch_rows(select(SignIn.id)) == []


@pytest.mark.parametrize("token", ["A" * 65, "-" * 65])
async def test_a_made_up_refresh_token_is_refused(visitor: Client, token: str) -> None:
    response = await refresh(visitor, {"refresh_token": token})

    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"


async def test_signing_out_ends_one_sign_in(visitor: Client) -> None:
    user = await register(visitor)
    tokens, other = await sign_in(visitor, "ann"), await sign_in(visitor, "ann")

    body = {"refresh_token": tokens["refresh_token"]}
    for _ in range(2):
        out = await visitor.post(f"{API}/auth/logout", json=body)
        assert out.status_code == 204

    assert (await refresh(visitor, tokens)).status_code == 401
    assert await write(visitor, user, tokens) == 401
    assert await read(visitor, tokens) == 200  # until the access token expires
    assert await write(visitor, user, other) == 200


async def test_a_new_password_ends_all_sign_ins(visitor: Client) -> None:
    user = await register(visitor)
    tokens, other = await sign_in(visitor, "ann"), await sign_in(visitor, "ann")
    headers = headers_with(tokens["access_token"])
    change = {"current_password": PASSWORD, "new_password": "battery staple"}

    changed = await visitor.put(f"{ME}/password", json=change, headers=headers)

    assert changed.status_code == 204
    for each in (tokens, other):
        assert (await refresh(visitor, each)).status_code == 401
        assert await write(visitor, user, each) == 401
    old = {"username": "ann", "password": PASSWORD}
    assert (await visitor.post(TOKEN, data=old)).status_code == 401
    new = {"username": "ann", "password": "battery staple"}
    assert (await visitor.post(TOKEN, data=new)).status_code == 200


async def test_a_new_password_needs_the_current_one(visitor: Client) -> None:
    user = await register(visitor)
    tokens = await sign_in(visitor, "ann")
    headers = headers_with(tokens["access_token"])
    change = {"current_password": "wrong", "new_password": "battery staple"}

    refused = await visitor.put(f"{ME}/password", json=change, headers=headers)

    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"] == "body.current_password"
    assert await write(visitor, user, tokens) == 200


@pytest.mark.parametrize("by", ["DELETE", "PATCH"])
async def test_who_is_deactivated_cannot_write_or_sign_in(
    client: Client, by: str
) -> None:
    user = await register(client)
    tokens = await sign_in(client, "ann")

    url = f"{API}/users/{user['id']}"
    await client.request(by, url, json={"is_active": False})

    assert await write(client, user, tokens) == 401
    assert await read(client, tokens) == 200  # until the access token expires
    assert (await refresh(client, tokens)).status_code == 401
    form = {"username": "ann", "password": PASSWORD}
    assert (await client.post(TOKEN, data=form)).status_code == 401
    # Being active again does not bring back what was ended.
    await client.patch(url, json={"is_active": True})
    assert await write(client, user, tokens) == 401


async def test_another_role_needs_another_sign_in(client: Client) -> None:
    user = await register(client)
    tokens = await sign_in(client, "ann")

    await client.patch(f"{API}/users/{user['id']}", json={"role": "staff"})

    assert await write(client, user, tokens) == 401
    assert (await refresh(client, tokens)).status_code == 401
    tokens = await sign_in(client, "ann")
    assert tokens["scope"] == "user staff"
    assert await write(client, user, tokens) == 200
