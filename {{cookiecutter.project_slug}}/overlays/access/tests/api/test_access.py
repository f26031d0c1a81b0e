"""Who may do what: each route is compared with the table of tests/access, and tried."""

import re

import pytest

from app.auth.roles import Role
from app.database.database import Database
from tests.access import all_rules
from tests.callers import headers_in_role
from tests.client import Client

NOBODYS_ID = "2147483647"


async def operations(client: Client) -> set[str]:
    """Return the operations of the OpenAPI document, such as ``GET /health/live``."""
    document = (await client.get("/openapi.json")).json()
    return {
        f"{method.upper()} {path}"
        for path, methods in document["paths"].items()
        for method in methods
    }


async def test_each_operation_has_a_rule(visitor: Client) -> None:
    assert await operations(visitor) == all_rules().keys()


async def test_the_documentation_shows_what_needs_a_caller(visitor: Client) -> None:
    document = (await visitor.get("/openapi.json")).json()

    for operation, role in all_rules().items():
        method, path = operation.split()
        documented = document["paths"][path][method.lower()]
        refusals = {"401", "403"} & documented["responses"].keys()
        assert ("security" in documented) == (role is not None), operation
        assert role is None or refusals == {"401", "403"}, operation


@pytest.mark.parametrize("caller", [None, *Role])
async def test_callers_may_do_what_the_table_says(
    visitor: Client, database: Database, caller: Role | None
) -> None:
    headers = await headers_in_role(visitor, database, caller) if caller else {}

    for operation, role in all_rules().items():
        method, path = operation.split()
        url = re.sub("{[^}]+}", NOBODYS_ID, path)
        # Who calls is checked before what is sent.
        response = await visitor.request(method, url, json={}, headers=headers)
        assert refusal_of(caller, role) == (
            response.status_code if response.status_code in (401, 403) else None
        ), f"{operation}: {response.text}"
        if response.status_code in (401, 403):
            assert response.headers["content-type"] == "application/problem+json"
            assert response.headers["www-authenticate"].startswith("Bearer")


def refusal_of(caller: Role | None, role: Role | None) -> int | None:
    """Return the status with which a caller is refused, or None for one who may."""
    if role is None:
        return None
    if caller is None:
        return 401
    return None if caller.includes(role) else 403


async def test_users_read_and_change_themselves_alone(
    visitor: Client, database: Database
) -> None:
    headers = await headers_in_role(visitor, database, Role.USER)
    staff = await headers_in_role(visitor, database, Role.STAFF)
    me = (await visitor.get("/api/v1/users/me", headers=headers)).json()
    other = (await visitor.get("/api/v1/users/me", headers=staff)).json()
    own, others = f"/api/v1/users/{me['id']}", f"/api/v1/users/{other['id']}"

    for method in ("GET", "PATCH", "DELETE"):
        refused = await visitor.request(method, others, json={}, headers=headers)
        assert refused.status_code == 404
    assert (await visitor.get(own, headers=headers)).json() == me
    assert (await visitor.get(own, headers=staff)).json() == me
    bio = await visitor.patch(own, json={"bio": "Likes tea."}, headers=headers)
    assert bio.json()["bio"] == "Likes tea."


# {% if cookiecutter.auth == "jwt" %}
@pytest.mark.parametrize("changes", [{"role": "admin"}, {"email": "a@b.example"}])
# {% else %}
@pytest.mark.parametrize("changes", [{"email": "a@example.com"}, {"is_active": True}])
# {% endif %}
async def test_users_do_not_change_of_themselves_what_is_for_admins(
    visitor: Client, database: Database, changes: dict[str, object]
) -> None:
    headers = await headers_in_role(visitor, database, Role.STAFF)
    me = (await visitor.get("/api/v1/users/me", headers=headers)).json()

    url = f"/api/v1/users/{me['id']}"
    refused = await visitor.patch(url, json=changes, headers=headers)

    assert refused.status_code == 403
    assert (await visitor.get("/api/v1/users/me", headers=headers)).json() == me
