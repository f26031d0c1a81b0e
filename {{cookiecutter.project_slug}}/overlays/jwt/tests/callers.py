"""Users of the tests, who sign in."""

from typing import Any

from app.auth.roles import Role
from app.database.database import Database
from app.users.passwords import hash_password
from app.users.roles import create_in_role
from app.users.schemas import UserCreate
from tests.client import Client

API = "/api/v1"
PASSWORD = "correct horse"


def headers_with(access_token: str) -> dict[str, str]:
    """Return the headers of a request with an access token."""
    return {"Authorization": f"Bearer {access_token}"}


async def sign_in(client: Client, username: str) -> dict[str, Any]:
    """Sign in with the password of the tests, and return the tokens."""
    form = {"username": username, "password": PASSWORD}
    response = await client.post(f"{API}/auth/token", data=form)
    assert response.status_code == 200, response.text
    tokens: dict[str, Any] = response.json()
    return tokens


async def headers_of(client: Client, username: str) -> dict[str, str]:
    """Sign in, and return the headers of the user's requests."""
    return headers_with((await sign_in(client, username))["access_token"])


async def act_as(client: Client, user: dict[str, Any], role: Role) -> None:
    """Have a client of the operator go on as a user, who is given a role."""
    changes = {"role": role}
    changed = await client.patch(f"{API}/users/{user['id']}", json=changes)
    assert changed.status_code == 200, changed.text
    client.headers |= await headers_of(client, user["username"])


async def headers_in_role(
    client: Client, database: Database, role: Role
) -> dict[str, str]:
    """Create a user with a role, sign in, and return the headers of the requests."""
    values = {"username": role, "email": f"{role}@example.com", "password": PASSWORD}
    data = UserCreate.model_validate(values)
    hashed = await hash_password(data.password)
    await database.transaction(create_in_role, data, hashed, role)
    return await headers_of(client, role)
