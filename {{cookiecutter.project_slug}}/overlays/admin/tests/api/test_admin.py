"""The pages for admins: who may see them, what they show, and what they write."""

from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import select, update

from app.admin.authentication import COOKIE
from app.admin.sessions import LIFETIME
from app.admin.site import LEFT_OUT, views
from app.admin.tables import is_secret, plain_view
from app.attempts.models import SignInAttempts
from app.auth.models import SignIn
from app.auth.roles import Role
from app.database.base import AnyTable, utc_now
from app.database.database import Database
from app.users.models import User
from tests.api.test_sign_in import ME, register
from tests.browser import browser_of, create_user, enter, error_of
from tests.callers import API, PASSWORD, headers_of, headers_with, sign_in
from tests.client import Client
from tests.databases import execute

USERS = "/admin/user/list"
IDENTITIES = [view.identity for view in views()]
BOB = {"username": "bob", "email": "bob@example.com", "full_name": "", "bio": "a\r\nb"}


@pytest.fixture
def browser(app: FastAPI, database: Database) -> Client:
    """A browser that is not signed in."""
    return browser_of(app)


@pytest.fixture
async def admin(browser: Client, database: Database) -> Client:
    """A browser in which an admin is signed in."""
    entered = await enter(browser, await create_user(database, Role.ADMIN))
    assert entered.headers["location"].endswith("/admin/")
    return browser


async def is_in(browser: Client) -> bool:
    """Return whether the pages are shown, and not the form of the sign-in."""
    page = await browser.get(USERS)
    assert page.status_code == 200 or page.headers["location"].endswith("/admin/login")
    return bool(page.status_code == 200)


async def ids_of(database: Database, username: str) -> dict[str, Any]:
    [row] = await database.fetch_rows(
        select(User.id, User.hashed_password).where(User.username == username)
    )
    return row._asdict()


@pytest.mark.parametrize("identity", IDENTITIES)
async def test_nothing_is_shown_without_signing_in(
    browser: Client, identity: str
) -> None:
    url = f"/admin/{identity}"
    answers = [
        await browser.get(f"{url}/list"),
        await browser.get(f"{url}/details/1"),
        await browser.get(f"{url}/create"),
        await browser.get(f"{url}/export/csv"),
        await browser.post(f"{url}/create", data={}),
        await browser.post(f"{url}/edit/1", data={}),
        await browser.delete(f"{url}/delete?pks=1"),
    ]

    for answer in answers:
        assert answer.status_code == 302
        assert answer.headers["location"].endswith("/admin/login")


async def test_the_first_page_is_a_list(admin: Client) -> None:
    first = await admin.get("/admin/")

    assert first.headers["location"].endswith(USERS)


async def test_an_access_token_opens_no_page(
    browser: Client, visitor: Client, database: Database
) -> None:
    headers = await headers_of(visitor, await create_user(database, Role.ADMIN))

    browser.headers |= headers

    assert not await is_in(browser)


@pytest.mark.parametrize("role", [Role.USER, Role.STAFF])
async def test_only_admins_sign_in(
    browser: Client, database: Database, role: Role
) -> None:
    refused = await enter(browser, await create_user(database, role))

    assert refused.status_code == 403
    assert "needs the role admin" in refused.text
    assert not browser.cookies
    assert await database.fetch_rows(select(SignIn.id)) == []


async def test_a_wrong_password_is_an_attempt(
    browser: Client, database: Database
) -> None:
    name = await create_user(database, Role.ADMIN)

    answers = [await enter(browser, each, "wrong") for each in (name, "nobody")]
    answers.append(await browser.post("/admin/login", data={"username": name}))

    for answer in answers:
        assert answer.status_code == 401
        assert "The name or the password is wrong." in answer.text
    assert not browser.cookies
    rows = await database.fetch_rows(select(SignInAttempts.number))
    assert sorted(row.number for row in rows) == [1, 1, 2]


async def test_too_many_attempts_are_refused(
    browser: Client, database: Database
) -> None:
    name = await create_user(database, Role.ADMIN)
    await enter(browser, name, "wrong")
    await execute(database, update(SignInAttempts).values(number=1000))

    refused = await enter(browser, name)

    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) > 0
    assert "Too many attempts" in refused.text


async def test_the_cookie_is_for_this_browser_and_origin_alone(
    browser: Client, database: Database
) -> None:
    entered = await enter(browser, await create_user(database, Role.ADMIN))

    cookie = entered.headers["set-cookie"].lower()
    parts = cookie.split("; ")
    assert parts[0].startswith(f"{COOKIE}=")
    assert {"secure", "httponly", "samesite=strict", f"max-age={LIFETIME}"} < {*parts}
    [row] = await database.fetch_rows(select(SignIn.expires_at))
    assert (row.expires_at - utc_now()).total_seconds() <= LIFETIME


async def test_a_cookie_that_was_changed_is_worth_nothing(admin: Client) -> None:
    value = admin.cookies[COOKIE]
    admin.cookies.clear()
    # The first character: some bits of the last one stand for nothing.
    admin.cookies.set(COOKIE, f"{'A' if value[0] != 'A' else 'B'}{value[1:]}")

    assert not await is_in(admin)


async def test_signing_out_ends_the_session(admin: Client, database: Database) -> None:
    value = admin.cookies[COOKIE]
    assert await is_in(admin)

    out = await admin.get("/admin/logout")

    assert out.headers["location"].endswith("/admin/login")
    assert not admin.cookies
    admin.cookies.set(COOKIE, value)
    assert not await is_in(admin)
    assert await database.fetch_rows(select(SignIn.id)) == []


@pytest.mark.parametrize("change", [{"is_active": False}, {"role": "staff"}])
async def test_a_session_ends_with_what_it_was_granted_for(
    admin: Client, client: Client, database: Database, change: dict[str, Any]
) -> None:
    user = await ids_of(database, "admin")
    assert await is_in(admin)

    await client.patch(f"{API}/users/{user['id']}", json=change)

    assert not await is_in(admin)


async def test_a_session_ends_with_the_password(admin: Client, visitor: Client) -> None:
    tokens = await sign_in(visitor, "admin")
    body = {"current_password": PASSWORD, "new_password": "battery staple"}
    headers = headers_with(tokens["access_token"])

    await visitor.put(f"{ME}/password", json=body, headers=headers)

    assert not await is_in(admin)


async def test_a_session_ends_in_time(admin: Client, database: Database) -> None:
    await execute(database, update(SignIn).values(expires_at=utc_now()))

    assert not await is_in(admin)


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": "https://test"},
        {"Origin": "https://evil.test"},
        {"Origin": "null"},
    ],
    ids=str,
)
async def test_other_origins_write_nothing(
    admin: Client, database: Database, headers: dict[str, str]
) -> None:
    answers = [
        await admin.post("/admin/user/create", data=BOB, headers=headers),
        await admin.delete("/admin/sign-in/delete?pks=1", headers=headers),
        await admin.post("/admin/login", data={}, headers=headers),
    ]

    assert [answer.status_code for answer in answers] == [403] * 3
    assert len(await database.fetch_rows(select(User.id))) == 1
    assert await is_in(admin)


async def test_browsers_say_that_a_form_is_ours(admin: Client) -> None:
    headers = {"Sec-Fetch-Site": "same-origin", "Origin": "https://test"}

    created = await admin.post("/admin/user/create", data=BOB, headers=headers)

    assert created.status_code == 302


def test_every_table_has_pages_and_no_page_has_secrets() -> None:
    every = {mapper.class_ for mapper in AnyTable.registry.mappers}
    assert {view.model for view in views()} | LEFT_OUT == every
    for view in views():
        pages = view()
        names = {
            *pages.get_list_columns(),
            *pages.get_details_columns(),
            *pages.get_form_columns(),
            *pages.get_export_columns(),
            *map(str, view.column_sortable_list),
            *map(str, view.column_searchable_list),
        }
        assert [name for name in names if is_secret(name)] == []


def test_rows_with_secrets_are_not_for_forms() -> None:
    view = plain_view(SignIn)

    assert not view.can_create
    assert not view.can_edit


@pytest.mark.parametrize("identity", IDENTITIES)
async def test_every_table_is_listed_and_exported(admin: Client, identity: str) -> None:
    page = await admin.get(f"/admin/{identity}/list")
    searched = await admin.get(f"/admin/{identity}/list?search=a%25")
    exported = await admin.get(f"/admin/{identity}/export/json")

    assert [page.status_code, searched.status_code, exported.status_code] == [200] * 3
    assert "://" not in page.text.replace("https://test/", "")  # nor from elsewhere


async def test_no_hash_is_ever_shown(admin: Client, database: Database) -> None:
    user = await ids_of(database, "admin")
    [row] = await database.fetch_rows(
        select(SignIn.id, SignIn.family_hash, SignIn.secret_hash)
    )
    pages = [
        f"/admin/{name}/{page}"
        for name, key in (("user", user["id"]), ("sign-in", row.id))
        for page in ("list", f"details/{key}", "export/csv", "export/json")
    ]

    for page in [*pages, f"/admin/user/edit/{user['id']}", "/admin/user/create"]:
        shown = await admin.get(page)
        assert shown.status_code == 200
        for secret in (user["hashed_password"], row.family_hash, row.secret_hash):
            assert secret not in shown.text
        assert "argon2" not in shown.text
        assert "hash" not in shown.text.lower()


async def test_a_user_is_created_and_found(admin: Client, database: Database) -> None:
    created = await admin.post("/admin/user/create", data=BOB | {"save": "Save"})

    assert created.headers["location"].endswith(USERS)
    found = await admin.get(f"{USERS}?search=bob@")
    assert "bob@example.com" in found.text
    assert "admin@example.com" not in found.text
    columns = (User.full_name, User.bio, User.hashed_password)
    statement = select(*columns).where(User.username == "bob")
    [row] = await database.fetch_rows(statement)
    assert tuple(row) == (None, "a\nb", "!")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"username": "ADMIN"}, "This username is taken."),
        ({"email": "admin@example.com"}, "This email is taken."),
        ({"username": "b b"}, "username: String should match"),
        ({"email": "nobody"}, "email: "),
    ],
    ids=str,
)
async def test_what_the_service_refuses_is_said_in_the_form(
    admin: Client,
    caplog: pytest.LogCaptureFixture,
    change: dict[str, str],
    sentence: str,
) -> None:
    refused = await admin.post("/admin/user/create", data=BOB | change)

    assert refused.status_code == 400
    assert error_of(refused.text).startswith(sentence)
    assert caplog.records == []  # it is no fault of the service


async def test_another_role_ends_the_sign_ins_of_a_user(
    admin: Client, visitor: Client
) -> None:
    user = await register(visitor)
    headers = await headers_of(visitor, "ann")
    url = f"/admin/user/edit/{user['id']}"
    form = BOB | {"username": "ann", "role": "user", "is_active": "y", "save": "Save"}

    edited = await admin.post(url, data=form)
    assert edited.status_code == 302
    assert (await write(visitor, user, headers)) == 200

    edited = await admin.post(url, data=form | {"role": "staff"})
    assert edited.status_code == 302
    assert (await write(visitor, user, headers)) == 401
    page = await admin.get(url)
    assert '<option selected value="staff">' in page.text


async def write(client: Client, user: dict[str, Any], headers: dict[str, str]) -> int:
    url = f"{API}/users/{user['id']}"
    return (await client.patch(url, json={"bio": "x"}, headers=headers)).status_code


async def test_an_admin_signs_out_a_user(
    admin: Client, visitor: Client, database: Database
) -> None:
    user = await register(visitor)
    headers = await headers_of(visitor, "ann")
    statement = select(SignIn.id).where(SignIn.user_id == user["id"])
    [row] = await database.fetch_rows(statement)

    deleted = await admin.delete(f"/admin/sign-in/delete?pks={row.id}")

    assert deleted.status_code == 200
    assert await write(visitor, user, headers) == 401


@pytest.mark.parametrize("key", ["0", "abc", "9" * 30, "-1", "1;2", "%00", "a/b"])
async def test_an_unknown_key_is_not_found(admin: Client, key: str) -> None:
    for page in ("details", "edit"):
        answer = await admin.get(f"/admin/user/{page}/{key}")
        assert answer.status_code in (404, 422)
    unknown = await admin.get("/admin/nothing/list")
    assert unknown.status_code == 404


@pytest.mark.parametrize("query", ["page=x", "pageSize=0", "sortBy=hashed_password"])
async def test_a_wrong_query_is_refused(admin: Client, query: str) -> None:
    assert (await admin.get(f"{USERS}?{query}")).status_code == 400


async def test_the_assets_are_ours(browser: Client) -> None:
    page = await browser.get("/admin/login")
    asset = await browser.get("/admin/statics/css/tabler.min.css")

    assert page.status_code == asset.status_code == 200
    assert "://" not in page.text.replace("https://test/", "")
