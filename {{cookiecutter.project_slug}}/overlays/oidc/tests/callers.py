"""Users of the tests, who have access tokens of the tests' issuer."""

from typing import Any

from app.auth.roles import Role
from app.database.database import Database
from tests.client import Client
from tests.issuer import ISSUER

API = "/api/v1"


def headers_with(access_token: str) -> dict[str, str]:
    """Return the headers of a request with an access token."""
    return {"Authorization": f"Bearer {access_token}"}


async def headers_of(
    client: Client, username: str, role: Role = Role.USER
) -> dict[str, str]:
    """Have the service see a user, and return the headers of the user's requests."""
    headers = headers_with(ISSUER.issue(username, role))
    seen = await client.get(f"{API}/users/me", headers=headers)
    assert seen.status_code == 200, seen.text
    return headers


async def act_as(client: Client, user: dict[str, Any], role: Role) -> None:
    """Have a client go on as a user, who is in a role."""
    client.headers |= await headers_of(client, user["username"], role)


async def headers_in_role(
    client: Client, database: Database, role: Role
) -> dict[str, str]:
    """Have the service see somebody in a role, and return the headers of the requests."""
    return await headers_of(client, role, role)
