"""A browser of the tests, which signs in to the pages for admins."""

import re
from typing import Any

from fastapi import FastAPI

from app.auth.roles import Role
from app.database.database import Database
from app.users.passwords import hash_password
from app.users.roles import create_in_role
from app.users.schemas import UserCreate
from tests.callers import PASSWORD
from tests.client import Client, client_of


def browser_of(app: FastAPI) -> Client:
    """Make a client that keeps cookies as a browser does, which sends them by https."""
    client = client_of(app)
    client.base_url = "https://test"
    client.follow_redirects = False
    return client


async def create_user(database: Database, role: Role) -> str:
    """Create a user with a role, and return the name, which is that of the role."""
    values = {"username": role, "email": f"{role}@example.com", "password": PASSWORD}
    data = UserCreate.model_validate(values)
    hashed = await hash_password(data.password)
    await database.transaction(create_in_role, data, hashed, role)
    return role


async def enter(browser: Client, username: str, password: str = PASSWORD) -> Any:
    """Send the form of the sign-in, and return the answer."""
    form = {"username": username, "password": password}
    return await browser.post("/admin/login", data=form)


def error_of(page: str) -> str:
    """Return what a page says was wrong with its form, or nothing."""
    shown = re.search(r'<div class="alert alert-danger" role="alert">(.*?)</div>', page)
    return shown[1] if shown else ""
