"""Users verify their e-mail address by the token of a mail."""

import logging
from typing import Any

import pytest
from sqlalchemy import select, update

from app.database.base import utc_now
from app.database.database import Database
from app.database.readiness import pool_figures
from app.errors import Retryable
from app.mail import outbox, tokens
from app.mail.models import EmailToken
from app.mail.senders import Mail
from app.settings import Settings
from tests.api.test_sign_in import ME, register
from tests.callers import API, PASSWORD, headers_with, sign_in
from tests.client import Client
from tests.databases import execute
from tests.mailbox import Mailbox, token_in

USERS = f"{API}/users"
VERIFICATION = f"{API}/auth/verification"
RESET = f"{API}/auth/password-reset"


@pytest.fixture
def mailbox(monkeypatch: pytest.MonkeyPatch) -> Mailbox:
    return Mailbox.opened(monkeypatch)


async def confirm(client: Client, token: str) -> int:
    """Use a token, and return the status code of the answer."""
    response = await client.post(f"{VERIFICATION}/confirm", json={"token": token})
    if response.status_code != 204:
        assert response.headers["content-type"] == "application/problem+json"
        assert response.json()["errors"][0]["field"] == "body.token"
        assert token not in response.text
    return response.status_code


async def verified_at(client: Client, user: dict[str, Any]) -> str | None:
    """Return when the address of a user was verified, or None."""
    read = (await client.get(f"{USERS}/{user['id']}")).json()
    at: str | None = read["email_verified_at"]
    return at


async def change_email(client: Client, user: dict[str, Any], email: str) -> None:
    response = await client.patch(f"{USERS}/{user['id']}", json={"email": email})
    assert response.status_code == 200, response.text


async def test_who_registers_gets_a_mail_to_verify_the_address(
    client: Client, mailbox: Mailbox
) -> None:
    user = await register(client)
    assert user["email_verified_at"] is None

    [mail] = mailbox.take()
    assert mail.to == "ann@example.com"
    assert "Hello ann," in mail.text
    assert await confirm(client, token_in(mail)) == 204

    assert await verified_at(client, user) is not None


async def test_a_token_is_valid_once(client: Client, mailbox: Mailbox) -> None:
    await register(client)
    token = mailbox.take_token()

    assert await confirm(client, token) == 204
    assert await confirm(client, token) == 422


async def test_a_token_is_stored_hashed_and_not_logged(
    client: Client,
    database: Database,
    mailbox: Mailbox,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG, logger="app")
    await register(client)

    token = mailbox.take_token()

    [row] = await database.fetch_rows(select(EmailToken.token_hash))
    assert token not in row.token_hash
    assert await confirm(client, token) == 204
    assert token not in caplog.text


async def test_a_token_expires(
    client: Client, database: Database, mailbox: Mailbox
) -> None:
    user = await register(client)
    await execute(database, update(EmailToken).values(expires_at=utc_now()))

    assert await confirm(client, mailbox.take_token()) == 422
    assert await verified_at(client, user) is None


async def test_a_token_has_one_purpose(client: Client, mailbox: Mailbox) -> None:
    await register(client)
    token = mailbox.take_token()
    body = {"token": token, "password": "battery staple"}

    refused = await client.post(f"{RESET}/confirm", json=body)

    assert refused.status_code == 422
    assert await confirm(client, token) == 204


@pytest.mark.parametrize("token", ["A" * 43, "-" * 43, "", "A" * 42, "\0" * 43])
async def test_a_made_up_token_is_refused(client: Client, token: str) -> None:
    body = {"token": token}

    response = await client.post(f"{VERIFICATION}/confirm", json=body)

    assert response.status_code == 422


async def test_a_newer_token_replaces_an_older_one(
    client: Client, mailbox: Mailbox
) -> None:
    await register(client)
    older = mailbox.take_token()

    body = {"email": "Ann@Example.com"}
    assert (await client.post(VERIFICATION, json=body)).status_code == 202
    newer = mailbox.take_token()

    assert await confirm(client, older) == 422
    assert await confirm(client, newer) == 204


async def test_another_address_has_to_be_verified(
    client: Client, mailbox: Mailbox
) -> None:
    user = await register(client)
    await confirm(client, mailbox.take_token())

    await change_email(client, user, "ann@example.org")

    assert await verified_at(client, user) is None
    [mail] = [mail for mail in mailbox.take() if mail.to == "ann@example.org"]
    assert await confirm(client, token_in(mail)) == 204
    assert await verified_at(client, user) is not None


async def test_the_former_address_is_told_if_it_was_verified(
    client: Client, mailbox: Mailbox
) -> None:
    user = await register(client)
    await confirm(client, mailbox.take_token())

    for email in ("eve@example.com", "mal@example.com"):
        await change_email(client, user, email)

    mails = sorted(mailbox.take(), key=lambda mail: mail.to)
    assert [mail.to.partition("@")[0] for mail in mails] == ["ann", "eve", "mal"]
    assert "eve" not in mails[0].text
    assert "has another e-mail address" in mails[0].text


async def test_users_change_their_address_with_their_password(
    visitor: Client, mailbox: Mailbox
) -> None:
    await register(visitor)
    mailbox.take()
    headers = headers_with((await sign_in(visitor, "ann"))["access_token"])
    body = {"current_password": "wrong", "email": "ann@example.org"}

    refused = await visitor.put(f"{ME}/email", json=body, headers=headers)
    body["current_password"] = PASSWORD
    changed = await visitor.put(f"{ME}/email", json=body, headers=headers)

    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"] == "body.current_password"
    assert changed.json()["email"] == "ann@example.org"
    assert [mail.to for mail in mailbox.take()] == ["ann@example.org"]


async def test_an_address_that_is_taken_is_refused(
    visitor: Client, mailbox: Mailbox
) -> None:
    await register(visitor)
    await register(visitor, "bob")
    mailbox.take()
    headers = headers_with((await sign_in(visitor, "ann"))["access_token"])
    body = {"current_password": PASSWORD, "email": "bob@example.com"}

    refused = await visitor.put(f"{ME}/email", json=body, headers=headers)

    assert refused.status_code == 409
    assert mailbox.take() == []


async def test_a_token_is_for_the_address_that_it_was_sent_to(
    client: Client, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = await register(client)
    token = mailbox.take_token()
    monkeypatch.setattr(outbox, "post", lambda *_: None)

    await change_email(client, user, "bob@example.org")

    assert await confirm(client, token) == 422
    assert await verified_at(client, user) is None


async def test_changes_that_leave_the_address_send_nothing(
    client: Client, mailbox: Mailbox
) -> None:
    user = await register(client)
    await confirm(client, mailbox.take_token())
    at = await verified_at(client, user)

    await change_email(client, user, "ANN@example.com")
    await client.patch(f"{USERS}/{user['id']}", json={"bio": "Likes tea."})

    assert await verified_at(client, user) == at
    assert mailbox.take() == []


async def test_who_is_deactivated_verifies_nothing(
    client: Client, mailbox: Mailbox
) -> None:
    user = await register(client)
    await client.delete(f"{USERS}/{user['id']}")

    assert await confirm(client, mailbox.take_token()) == 422


async def test_the_answer_does_not_tell_who_has_an_account(
    client: Client, mailbox: Mailbox
) -> None:
    for name in ("ann", "bob", "cem"):
        user = await register(client, name)
        [mail] = mailbox.take()
        if name == "bob":
            await confirm(client, token_in(mail))
    await client.delete(f"{USERS}/{user['id']}")

    client.headers["X-Request-ID"] = "the-same"
    answers = [
        await client.post(VERIFICATION, json={"email": f"{name}@example.com"})
        for name in ("ann", "bob", "cem", "nobody")
    ]

    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.content for answer in answers}) == 1
    assert all(answer.headers == answers[0].headers for answer in answers)
    assert [mail.to for mail in mailbox.take()] == ["ann@example.com"]


async def test_who_is_not_created_gets_no_mail(
    client: Client, mailbox: Mailbox
) -> None:
    await register(client)
    mailbox.take()

    taken = {"username": "ann", "email": "eve@example.com", "password": PASSWORD}
    assert (await client.post(USERS, json=taken)).status_code == 409

    assert mailbox.take() == []


@pytest.mark.parametrize("line", ["\nBcc: eve@example.com", "\r\n\r\nBuy!", "\0"])
async def test_an_address_has_one_line(
    client: Client, mailbox: Mailbox, line: str
) -> None:
    body = {"username": "ann", "email": f"ann@example.com{line}", "password": PASSWORD}

    for url in (USERS, VERIFICATION, RESET):
        assert (await client.post(url, json=body)).status_code == 422

    assert mailbox.take() == []


async def test_a_transaction_that_runs_again_sends_one_mail(
    client: Client, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    issue = tokens.issue
    issued: list[Mail] = []

    async def issue_and_fail_once(*arguments: Any) -> Mail:
        issued.append(await issue(*arguments))
        if len(issued) == 1:
            raise Retryable("A deadlock.")
        return issued[-1]

    monkeypatch.setattr(tokens, "issue", issue_and_fail_once)

    await register(client)

    assert mailbox.take() == issued[1:]
    assert len(issued) == 2
    assert await confirm(client, token_in(issued[0])) == 422
    assert await confirm(client, token_in(issued[1])) == 204


async def test_no_connection_waits_for_the_mail_server(
    client: Client, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_use: list[int] = []

    def note(_settings: Settings, _mail: Mail) -> None:
        in_use.append(pool_figures(database)["in_use"])

    monkeypatch.setattr(outbox, "post", note)

    await register(client)

    assert in_use == [0]


async def test_a_user_who_changes_the_address_often_gets_few_mails(
    client: Client, mailbox: Mailbox, settings: Settings
) -> None:
    user = await register(client)
    for number in range(2 * settings.auth_mails_per_account):
        await change_email(client, user, f"ann{number}@example.com")

    assert len(mailbox.take()) == settings.auth_mails_per_account
