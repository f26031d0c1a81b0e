"""Passwords are stored as argon2 hashes, never as they came."""

# {% if cookiecutter.concurrency == "async" %}
import asyncio
# {% endif %}
from typing import Any

from pwdlib import PasswordHash

# In place of a hash: no password has it.
UNUSABLE_HASH = "!"

hasher = PasswordHash.recommended()


async def with_hashed_password(values: dict[str, Any]) -> dict[str, Any]:
    """Replace ``password``, where there is one, by ``hashed_password``.

    Hashing takes tens of milliseconds on purpose: do it before a session is opened.
    """
    if "password" not in values:
        return values
    password = values.pop("password").get_secret_value()
    # {% if cookiecutter.concurrency == "async" %}
    hashed = await asyncio.to_thread(hasher.hash, password)
    # {% else %}
    hashed = hasher.hash(password)
    # {% endif %}
    return {**values, "hashed_password": hashed}
