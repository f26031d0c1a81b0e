"""Users who have forgotten their password set another one, by the token of a mail."""

# {% if cookiecutter.concurrency == "async" %}
import asyncio
# {% endif %}
import socket
# {% if cookiecutter.concurrency == "async" %}
from collections.abc import AsyncIterator
# {% else %}
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
# {% endif %}
from typing import Any

import pytest
from fastapi import BackgroundTasks, FastAPI
from sqlalchemy import select, update

from app.attempts.models import SignInAttempts
from app.auth.dependencies import get_settings
from app.database.base import utc_now
from app.database.database import Database
from app.mail import outbox
from app.mail.mailer import Mailer
from app.mail.models import EmailToken
from app.main import create_app
from app.settings import Settings
from app.sign_in import resets
from app.users import passwords
from app.users.models import User
from tests.api.test_sign_in import ME, TOKEN, refresh, register, write
from tests.api.test_verification import RESET, VERIFICATION, change_email
from tests.callers import PASSWORD, headers_with, sign_in
from tests.client import Client, client_of
from tests.databases import execute
from tests.mailbox import Mailbox, token_in, with_server

CONFIRM = f"{RESET}/confirm"
NEW_PASSWORD = "battery staple"
MAILS = 3
FAILURES = 2


@pytest.fixture(scope="module")
async def app(settings: Settings, migrated_database: None) -> AsyncIterator[FastAPI]:
    """The service, where few mails may be asked for, and few attempts fail."""
    few = {
        "auth_mails_per_account": MAILS,
        "auth_mails_per_address": 2 * MAILS,
        "auth_attempts_per_account": FAILURES,
    }
    app = create_app(settings.model_copy(update=few))
    yield app
    await app.state.database.dispose()


@pytest.fixture
def mailbox(monkeypatch: pytest.MonkeyPatch) -> Mailbox:
    return Mailbox.opened(monkeypatch)


async def request_reset(client: Client, name: str = "ann") -> Any:
    return await client.post(RESET, json={"email": f"{name}@example.com"})


async def registered(client: Client, mailbox: Mailbox) -> dict[str, Any]:
    """Register a user, whose mailbox is empty then."""
    user = await register(client)
    mailbox.take()
    return user


async def token_for_reset(client: Client, mailbox: Mailbox) -> str:
    """Ask for another password, and return the token of the mail."""
    response = await request_reset(client)
    assert response.status_code == 202, response.text
    return mailbox.take_token()


async def reset(client: Client, token: str, password: str = NEW_PASSWORD) -> int:
    """Set another password, and return the status code of the answer."""
    body = {"token": token, "password": password}
    response = await client.post(CONFIRM, json=body)
    assert token not in response.text
    return response.status_code


async def signs_in_with(client: Client, password: str) -> int:
    """Try to sign in, and return the status code of the answer."""
    form = {"username": "ann", "password": password}
    return (await client.post(TOKEN, data=form)).status_code


async def test_a_new_password_is_set_and_ends_all_sign_ins(
    visitor: Client, mailbox: Mailbox
) -> None:
    user = await registered(visitor, mailbox)
    tokens = await sign_in(visitor, "ann")

    assert await reset(visitor, await token_for_reset(visitor, mailbox)) == 204

    assert (await refresh(visitor, tokens)).status_code == 401
    assert await write(visitor, user, tokens) == 401
    assert await signs_in_with(visitor, PASSWORD) == 401
    assert await signs_in_with(visitor, NEW_PASSWORD) == 200


async def test_who_was_locked_out_signs_in_with_the_new_password(
    visitor: Client, mailbox: Mailbox
) -> None:
    await registered(visitor, mailbox)
    for _ in range(FAILURES):
        await signs_in_with(visitor, "wrong")
    assert await signs_in_with(visitor, PASSWORD) == 429

    assert await reset(visitor, await token_for_reset(visitor, mailbox)) == 204

    assert await signs_in_with(visitor, NEW_PASSWORD) == 200


async def test_the_mail_was_read_so_the_address_is_verified(
    visitor: Client, mailbox: Mailbox
) -> None:
    user = await registered(visitor, mailbox)
    assert user["email_verified_at"] is None

    await reset(visitor, await token_for_reset(visitor, mailbox))

    tokens = (
        await visitor.post(TOKEN, data={"username": "ann", "password": NEW_PASSWORD})
    ).json()
    me = await visitor.get(ME, headers=headers_with(tokens["access_token"]))
    assert me.json()["email_verified_at"] is not None


async def test_who_has_no_password_sets_one(
    visitor: Client, database: Database, mailbox: Mailbox
) -> None:
    await registered(visitor, mailbox)
    unusable = {"hashed_password": passwords.UNUSABLE_HASH}
    await execute(database, update(User).values(**unusable))

    assert await reset(visitor, await token_for_reset(visitor, mailbox)) == 204

    assert await signs_in_with(visitor, NEW_PASSWORD) == 200


async def test_of_many_that_use_a_token_one_sets_the_password(
    app: FastAPI, visitor: Client, mailbox: Mailbox
) -> None:
    await registered(visitor, mailbox)
    token = await token_for_reset(visitor, mailbox)
    chosen = [f"battery {number}" for number in range(8)]

    # {% if cookiecutter.concurrency == "async" %}
    statuses = await asyncio.gather(
        *(reset(client_of(app), token, password) for password in chosen)
    )
    # {% else %}
    with ThreadPoolExecutor(len(chosen)) as threads:
        tries = threads.map(lambda each: reset(client_of(app), token, each), chosen)
        statuses = [*tries]
    # {% endif %}

    assert sorted(statuses) == [204] + [422] * (len(chosen) - 1)
    [password] = [
        password
        for password, status in zip(chosen, statuses, strict=True)
        if status == 204
    ]
    assert await signs_in_with(visitor, password) == 200


async def test_of_many_mails_at_the_same_time_one_has_the_valid_token(
    app: FastAPI, visitor: Client, mailbox: Mailbox
) -> None:
    await registered(visitor, mailbox)
    clients = [client_of(app) for _ in range(MAILS)]

    # {% if cookiecutter.concurrency == "async" %}
    answers = await asyncio.gather(*(request_reset(each) for each in clients))
    # {% else %}
    with ThreadPoolExecutor(len(clients)) as threads:
        answers = list(threads.map(request_reset, clients))
    # {% endif %}

    assert [answer.status_code for answer in answers] == [202] * MAILS
    tokens = [token_in(mail) for mail in mailbox.take()]
    assert len(tokens) == MAILS
    statuses = [await reset(visitor, token) for token in tokens]
    assert sorted(statuses) == [204] + [422] * (MAILS - 1)


async def test_a_token_is_valid_once_and_expires(
    visitor: Client, database: Database, mailbox: Mailbox
) -> None:
    await registered(visitor, mailbox)
    token = await token_for_reset(visitor, mailbox)
    assert await reset(visitor, token) == 204
    assert await reset(visitor, token, PASSWORD) == 422

    token = await token_for_reset(visitor, mailbox)
    await execute(database, update(EmailToken).values(expires_at=utc_now()))
    assert await reset(visitor, token, PASSWORD) == 422

    assert await signs_in_with(visitor, NEW_PASSWORD) == 200


async def test_a_newer_token_replaces_an_older_one(
    visitor: Client, mailbox: Mailbox
) -> None:
    await registered(visitor, mailbox)
    older = await token_for_reset(visitor, mailbox)
    newer = await token_for_reset(visitor, mailbox)

    assert await reset(visitor, older) == 422
    assert await reset(visitor, newer) == 204


async def test_a_token_has_one_purpose(visitor: Client, mailbox: Mailbox) -> None:
    await registered(visitor, mailbox)
    token = await token_for_reset(visitor, mailbox)

    refused = await visitor.post(f"{VERIFICATION}/confirm", json={"token": token})

    assert refused.status_code == 422
    assert await reset(visitor, token) == 204


async def test_a_refused_password_leaves_the_token_valid(
    visitor: Client, mailbox: Mailbox
) -> None:
    await registered(visitor, mailbox)
    token = await token_for_reset(visitor, mailbox)

    assert await reset(visitor, token, "short") == 422
    assert await reset(visitor, token) == 204


async def test_a_changed_password_ends_a_token(
    visitor: Client, mailbox: Mailbox
) -> None:
    await registered(visitor, mailbox)
    token = await token_for_reset(visitor, mailbox)
    headers = headers_with((await sign_in(visitor, "ann"))["access_token"])
    change = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
    await visitor.put(f"{ME}/password", json=change, headers=headers)

    assert await reset(visitor, token, "my own choice") == 422
    assert await signs_in_with(visitor, NEW_PASSWORD) == 200


async def test_a_changed_address_ends_a_token(client: Client, mailbox: Mailbox) -> None:
    user = await registered(client, mailbox)
    token = await token_for_reset(client, mailbox)
    await change_email(client, user, "ann@example.org")

    assert await reset(client, token) == 422


async def test_who_is_deactivated_sets_no_password(
    client: Client, mailbox: Mailbox
) -> None:
    user = await registered(client, mailbox)
    token = await token_for_reset(client, mailbox)
    await client.delete(f"/api/v1/users/{user['id']}")

    assert await reset(client, token) == 422
    assert (await request_reset(client)).status_code == 202
    assert mailbox.take() == []


async def test_the_answer_does_not_tell_who_has_an_account(
    visitor: Client, mailbox: Mailbox
) -> None:
    await registered(visitor, mailbox)

    visitor.headers["X-Request-ID"] = "the-same"
    answers = [await request_reset(visitor, name) for name in ("ann", "nobody")]

    assert [answer.status_code for answer in answers] == [202, 202]
    assert answers[0].content == answers[1].content
    assert answers[0].headers == answers[1].headers
    assert [mail.to for mail in mailbox.take()] == ["ann@example.com"]


async def test_nobody_is_looked_up_before_the_answer(
    visitor: Client, settings: Settings, database: Database, mailbox: Mailbox
) -> None:
    await registered(visitor, mailbox)
    tasks = BackgroundTasks()

    mailer = Mailer(settings, database, tasks, client="192.0.2.7")
    mailer.send(resets.mail_to_address, "ann@example.com")

    # They run after the answer: https://fastapi.tiangolo.com/tutorial/background-tasks/
    assert len(tasks.tasks) == 1
    purposes = await database.fetch_rows(select(EmailToken.purpose))
    assert [row.purpose for row in purposes] == ["verify"]


@pytest.mark.parametrize("name", ["ann", "nobody"])
async def test_mails_to_an_address_are_bounded_whoever_has_it(
    visitor: Client, mailbox: Mailbox, name: str
) -> None:
    await registered(visitor, mailbox)
    for _ in range(MAILS):
        assert (await request_reset(visitor, name)).status_code == 202
    refused = await request_reset(visitor, name)

    assert refused.status_code == 429
    assert 0 < int(refused.headers["retry-after"]) <= 900
    assert len(mailbox.take()) == (MAILS if name == "ann" else 0)


async def test_a_client_is_bounded_whomever_it_asks_for(visitor: Client) -> None:
    names = [f"user_{number}" for number in range(2 * MAILS + 1)]

    statuses = [(await request_reset(visitor, name)).status_code for name in names]

    assert statuses == [202] * 2 * MAILS + [429]


async def test_who_registers_many_users_sends_few_mails(
    visitor: Client, mailbox: Mailbox
) -> None:
    for number in range(2 * MAILS + 2):
        await register(visitor, f"user_{number}")

    assert len(mailbox.take()) == 2 * MAILS


async def test_a_made_up_token_is_refused_before_the_password_is_hashed(
    visitor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passwords, "hasher", None)

    assert await reset(visitor, "A" * 43) == 422


async def test_a_mail_server_that_is_down_is_logged(
    app: FastAPI,
    visitor: Client,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await register(visitor)
    outbox.close()
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    settings = with_server(app.state.settings, port)
    monkeypatch.setitem(app.dependency_overrides, get_settings, lambda: settings)
    caplog.clear()

    assert (await request_reset(visitor)).status_code == 202
    outbox.close()

    [record] = caplog.records
    assert record.getMessage().startswith("A mail was not sent: ConnectionRefusedError")


async def test_without_a_mail_server_production_logs_no_token(
    app: FastAPI,
    visitor: Client,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    production = {"environment": "production"}
    settings = app.state.settings.model_copy(update=production)
    monkeypatch.setitem(app.dependency_overrides, get_settings, lambda: settings)

    await register(visitor)
    assert (await request_reset(visitor)).status_code == 202

    messages = [record.getMessage() for record in caplog.records]
    assert messages == ["A mail was not sent: set APP_MAIL_HOST."] * 2


async def test_a_reset_leaves_the_failures_of_others(
    visitor: Client, database: Database, mailbox: Mailbox
) -> None:
    await registered(visitor, mailbox)
    await visitor.post(TOKEN, data={"username": "bob", "password": "wrong"})
    before = await database.fetch_rows(select(SignInAttempts.key))

    await reset(visitor, await token_for_reset(visitor, mailbox))

    after = await database.fetch_rows(select(SignInAttempts.key))
    assert {row.key for row in before} <= {row.key for row in after}


async def test_a_link_leads_to_the_page_of_the_settings(
    app: FastAPI, visitor: Client, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    await registered(visitor, mailbox)
    page = "https://app.example.com/reset#{token}"
    settings = app.state.settings.model_copy(update={"auth_reset_url": page})
    monkeypatch.setitem(app.dependency_overrides, get_settings, lambda: settings)

    await request_reset(visitor)

    [mail] = mailbox.take()
    [link] = [line for line in mail.text.split() if line.startswith("https://")]
    assert await reset(visitor, link.removeprefix(page.removesuffix("{token}"))) == 204
