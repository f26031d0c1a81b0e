"""The HTTP contract of users."""

from typing import Any

import pytest

from app.lists import listing
from tests.client import Client

USERS = "/api/v1/users"
ANN = {
    "username": "ann",
    "email": "ann@example.com",
    "full_name": "Ann Lee",
    # {% if cookiecutter.auth != "oidc" %}
    "password": "correct horse",
    # {% endif %}
}


async def create(client: Client, username: str, **more: Any) -> dict[str, Any]:
    """Create a user, and return the answer."""
    body = {"username": username, "email": f"{username}@example.com"}
    response = await client.post(USERS, json=ANN | {"full_name": None} | body | more)
    assert response.status_code == 201, response.text
    user: dict[str, Any] = response.json()
    return user


async def test_a_user_is_created_and_read_back(client: Client) -> None:
    created = await client.post(USERS, json=ANN)

    assert created.status_code == 201
    user = created.json()
    assert user["username"] == "ann"
    assert user["is_active"] is True
    # {% if cookiecutter.auth == "jwt" %}
    assert user["role"] == "user"
    # {% elif cookiecutter.auth == "none" %}
    assert user["is_superuser"] is False
    # {% endif %}
    assert user["created_at"].endswith("Z")
    read = await client.get(f"{USERS}/{user['id']}")
    assert read.json() == user


# {% if cookiecutter.auth != "oidc" %}
async def test_a_password_is_never_answered(client: Client) -> None:
    created = await client.post(USERS, json=ANN)

    assert "password" not in created.text
    assert "argon2" not in created.text


# {% endif %}
async def test_names_and_addresses_are_lower_cased(client: Client) -> None:
    user = await create(client, "Ann_Lee", email="Ann.Lee@Example.COM")

    assert user["username"] == "ann_lee"
    assert user["email"] == "ann.lee@example.com"


@pytest.mark.parametrize(
    ("field", "other"),
    [("email", {"username": "bob"}), ("username", {"email": "bob@example.com"})],
)
async def test_a_taken_value_is_a_conflict_that_names_the_field(
    client: Client, field: str, other: dict[str, str]
) -> None:
    await client.post(USERS, json=ANN)

    response = await client.post(USERS, json=ANN | other)

    assert response.status_code == 409
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["fields"] == [field]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("username", "no"),
        ("username", "ann lee"),
        ("username", "x" * 51),
        ("email", "ann"),
        ("full_name", "x" * 201),
        ("full_name", "nul \0"),
        # {% if cookiecutter.auth != "oidc" %}
        ("password", "short"),
        ("password", None),
        # {% endif %}
    ],
)
async def test_bad_values_are_refused(
    client: Client, field: str, value: str | None
) -> None:
    response = await client.post(USERS, json=ANN | {field: value})

    assert response.status_code == 422
    assert response.json()["errors"][0]["field"] == f"body.{field}"


# {% if cookiecutter.auth == "jwt" %}
async def test_clients_cannot_make_themselves_admins(client: Client) -> None:
    user = await create(client, "eve", role="admin")

    assert user["role"] == "user"


# {% elif cookiecutter.auth == "none" %}
async def test_clients_cannot_make_themselves_superusers(client: Client) -> None:
    user = await create(client, "eve", is_superuser=True)

    assert user["is_superuser"] is False


# {% endif %}
async def test_what_is_left_out_of_a_patch_stays(client: Client) -> None:
    user = await create(client, "ann")

    response = await client.patch(f"{USERS}/{user['id']}", json={"bio": "Likes tea."})

    assert response.status_code == 200
    patched = response.json()
    assert patched["updated_at"] > user["updated_at"]
    changed = {"bio": "Likes tea.", "updated_at": patched["updated_at"]}
    assert patched == user | changed
    assert (await client.get(f"{USERS}/{user['id']}")).json() == patched


async def test_an_empty_patch_changes_nothing(client: Client) -> None:
    user = await create(client, "ann")

    response = await client.patch(f"{USERS}/{user['id']}", json={})

    assert response.json() == user


async def test_null_empties_a_field_that_may_be_empty(client: Client) -> None:
    user = await create(client, "ann")

    response = await client.patch(
        f"{USERS}/{user['id']}",
        json={"full_name": None},
    )

    assert response.json()["full_name"] is None


async def test_null_is_refused_for_a_field_that_may_not(client: Client) -> None:
    user = await create(client, "ann")

    response = await client.patch(f"{USERS}/{user['id']}", json={"email": None})

    assert response.status_code == 422
    assert [each["field"] for each in response.json()["errors"]] == ["body.email"]


async def test_the_documentation_shows_what_may_be_null(client: Client) -> None:
    document = (await client.get("/openapi.json")).json()

    properties = document["components"]["schemas"]["UserUpdate"]["properties"]
    assert {name for name, each in properties.items() if "null" in str(each)} == {
        "full_name",
        "bio",
    }


async def test_a_patch_to_a_taken_address_changes_nothing(client: Client) -> None:
    await create(client, "ann")
    bob = await create(client, "bob")

    taken = {"email": "ann@example.com", "bio": "Is it me?"}
    response = await client.patch(f"{USERS}/{bob['id']}", json=taken)

    assert response.status_code == 409
    assert (await client.get(f"{USERS}/{bob['id']}")).json() == bob


async def test_deleting_deactivates(client: Client) -> None:
    user = await create(client, "ann")

    response = await client.delete(f"{USERS}/{user['id']}")

    assert response.status_code == 204
    read = await client.get(f"{USERS}/{user['id']}")
    assert read.json()["is_active"] is False


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
async def test_an_unknown_user_is_not_found(client: Client, method: str) -> None:
    response = await client.request(method, f"{USERS}/2147483647", json={})

    assert response.status_code == 404
    assert response.json()["title"] == "Not Found"


@pytest.mark.parametrize("user_id", ["0", "-1", "2147483648", "9" * 30, "x"])
async def test_an_impossible_id_is_refused(client: Client, user_id: str) -> None:
    response = await client.get(f"{USERS}/{user_id}")

    assert response.status_code == 422


def imports(*usernames: str) -> dict[str, Any]:
    users = [{"username": name, "email": f"{name}@example.com"} for name in usernames]
    return {"users": users}


async def test_many_users_are_imported_at_once(client: Client) -> None:
    names = [f"user_{number}" for number in range(1000)]

    response = await client.post(f"{USERS}/bulk", json=imports(*names))

    assert response.status_code == 201
    assert response.json() == {"created": 1000}
    assert (await client.get(USERS)).json()["total"] == 1000


async def test_an_import_with_one_conflict_imports_nobody(client: Client) -> None:
    await create(client, "ann")

    response = await client.post(f"{USERS}/bulk", json=imports("bob", "ann", "cem"))

    assert response.status_code == 409
    assert (await client.get(USERS)).json()["total"] == 1


async def test_an_import_has_its_limits(client: Client) -> None:
    names = [f"user_{number}" for number in range(1001)]

    for body in (imports(*names), imports()):
        assert (await client.post(f"{USERS}/bulk", json=body)).status_code == 422


async def test_a_list_comes_in_pages(client: Client) -> None:
    for username in ("ann", "bob", "cem"):
        await create(client, username)

    first = (await client.get(USERS, params={"page_size": 2})).json()
    last = (await client.get(USERS, params={"page_size": 2, "page": 2})).json()

    assert [user["username"] for user in first["items"]] == ["ann", "bob"]
    assert [user["username"] for user in last["items"]] == ["cem"]
    assert first | {"items": [], "next": ""} == {
        "items": [],
        "total": 3,
        "page": 1,
        "page_size": 2,
        "total_pages": 2,
        "has_next": True,
        "has_previous": False,
        "next": "",
    }
    assert (last["has_previous"], last["has_next"], last["next"]) == (True, False, None)


async def test_a_total_may_be_left_out(client: Client) -> None:
    for username in ("ann", "bob", "cem"):
        await create(client, username)

    path = f"{USERS}?page_size=2&count=none"
    first = (await client.get(path)).json()
    last = (await client.get(f"{path}&page=2")).json()
    beyond = (await client.get(f"{path}&page=3")).json()

    assert (first["total"], first["total_pages"]) == (None, None)
    assert [page["has_next"] for page in (first, last, beyond)] == [True, False, False]
    # The last page tells the total by itself.
    assert [last["total"], beyond["total"]] == [3, None]


async def test_a_total_is_counted_so_far_unless_asked_for(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "COUNTED", 2)
    for username in ("ann", "bob", "cem"):
        await create(client, username)

    more = (await client.get(f"{USERS}?page_size=1")).json()
    exact = (await client.get(f"{USERS}?page_size=1&count=exact")).json()

    assert (more["total"], more["total_pages"]) == (None, None)
    assert (exact["total"], exact["total_pages"]) == (3, 3)


async def test_an_empty_list_has_no_pages(client: Client) -> None:
    page = (await client.get(USERS)).json()

    assert page["items"] == []
    assert page["total_pages"] == 0


async def test_a_list_is_sorted(client: Client) -> None:
    for username in ("bob", "ann", "cem"):
        await create(client, username)

    page = (await client.get(USERS, params={"sort": "-username"})).json()

    assert [user["username"] for user in page["items"]] == ["cem", "bob", "ann"]


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("ANN", ["ann_1"]),
        ("bob@", ["bob"]),
        ("kaya", ["cem"]),
        ("_", ["ann_1"]),
        ("%", []),
        ("zoe", []),
    ],
)
async def test_a_list_is_searched(
    client: Client, search: str, found: list[str]
) -> None:
    await create(client, "ann_1")
    await create(client, "bob")
    await create(client, "cem", full_name="Cem Kaya")

    page = (await client.get(USERS, params={"search": search})).json()

    assert [user["username"] for user in page["items"]] == found
    assert page["total"] == len(found)


async def test_a_list_is_filtered(client: Client) -> None:
    ann = await create(client, "ann")
    await create(client, "bob")
    await client.delete(f"{USERS}/{ann['id']}")

    page = (await client.get(USERS, params={"is_active": True})).json()

    assert [user["username"] for user in page["items"]] == ["bob"]


@pytest.mark.parametrize("sort", ["id", "-id", "-username", "created_at"])
async def test_cursors_lead_to_each_user_once(client: Client, sort: str) -> None:
    for username in ("bob", "ann", "cem", "dov", "eve"):
        await create(client, username)
    query = f"{USERS}?page_size=2&sort={sort}"
    page = (await client.get(USERS, params={"sort": sort})).json()

    part = (await client.get(f"{query}&after=")).json()
    seen: list[dict[str, Any]] = part["items"]
    while part["next"] is not None:
        part = (await client.get(f"{query}&after={part['next']}")).json()
        seen += part["items"]

    assert seen == page["items"]
    assert [part["total"], part["page"], part["has_previous"]] == [None, None, None]


async def test_a_page_leads_to_what_follows_it(client: Client) -> None:
    for username in ("ann", "bob", "cem"):
        await create(client, username)

    first = (await client.get(f"{USERS}?page_size=2")).json()
    after = (await client.get(f"{USERS}?page_size=2&after={first['next']}")).json()

    assert [user["username"] for user in after["items"]] == ["cem"]


@pytest.mark.parametrize(
    "after", ["x", "W10=", "WyJpZCIsIngiLDFd", "é", "W1tb" * 480, "OTk5" * 480]
)
async def test_a_made_up_cursor_is_refused(client: Client, after: str) -> None:
    response = await client.get(USERS, params={"after": after})

    assert response.status_code == 422


@pytest.mark.parametrize(
    "query",
    [
        "page=0",
        "page_size=101",
        "count=some",
        "sort=hashed_password",
        "sort=",
        "is_activ=true",
    ],
)
async def test_a_bad_query_is_refused(client: Client, query: str) -> None:
    response = await client.get(f"{USERS}?{query}")

    assert response.status_code == 422
