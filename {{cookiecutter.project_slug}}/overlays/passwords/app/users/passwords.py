"""Passwords are stored as argon2 hashes, never as they came."""

# {% if cookiecutter.concurrency == "async" %}
import asyncio

# {% endif %}
from pwdlib import PasswordHash
from pydantic import Secret

# In place of a hash: no password has it.
UNUSABLE_HASH = "!"

hasher = PasswordHash.recommended()


async def hash_password(password: Secret[str]) -> str:
    """Return the hash of a password.

    It takes tens of milliseconds on purpose: call it before a transaction begins.
    """
    # {% if cookiecutter.concurrency == "async" %}
    return await asyncio.to_thread(hasher.hash, password.get_secret_value())
    # {% else %}
    return hasher.hash(password.get_secret_value())
    # {% endif %}
