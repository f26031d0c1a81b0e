"""Passwords are stored as argon2 hashes, never as they came.

Hashing takes tens of milliseconds and 64 MiB on purpose. It runs in a few threads of its
own, and only so many requests wait for them, so that a flood of sign-ins does not stop
all other requests.
"""

# {% if cookiecutter.concurrency == "async" %}
import asyncio
# {% endif %}
import os
import secrets
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from threading import BoundedSemaphore, get_native_id
from typing import TypeVar

from pwdlib import PasswordHash
from pydantic import Secret

from app.errors import Unavailable

Result = TypeVar("Result")

# In place of a hash: no password has it.
UNUSABLE_HASH = "!"

THREADS = 2
WAITING = 16  # requests that wait for one of the threads

PRIORITY = 19  # the least

hasher = PasswordHash.recommended()


def _give_way() -> None:
    """Lower the priority of this thread, and of those that argon2 starts in it.

    Otherwise hashing takes most of a CPU from all other requests. Only Linux has
    priorities of threads: https://man7.org/linux/man-pages/man2/setpriority.2.html#NOTES
    """
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, get_native_id(), PRIORITY)


_threads = ThreadPoolExecutor(THREADS, "password", initializer=_give_way)
_permits = BoundedSemaphore(THREADS + WAITING)


@contextmanager
def hashing_permitted() -> Iterator[None]:
    """Permit the request to hash. Raises Unavailable where too many others wait."""
    if not _permits.acquire(blocking=False):
        raise Unavailable("Too many passwords are being checked.")
    try:
        yield
    finally:
        _permits.release()


async def hash_password(password: Secret[str]) -> str:
    """Return the hash of a password; call it before a transaction begins.

    Raises Unavailable where too many others wait.
    """
    with hashing_permitted():
        return await _run(hasher.hash, password.get_secret_value())


async def verify_password(password: Secret[str], hashed: str | None) -> bool:
    """Return whether the hash is that of the password; call it when permitted.

    It takes as long where there is no hash, so that the time does not tell who exists.
    """
    usable = None if hashed == UNUSABLE_HASH else hashed
    return await _run(_verify, password.get_secret_value(), usable)


def _verify(password: str, hashed: str | None) -> bool:
    nobodys = _nobodys_hash(hasher)
    return hasher.verify(password, hashed or nobodys) and hashed is not None


@cache
def _nobodys_hash(hasher: PasswordHash) -> str:
    return hasher.hash(secrets.token_urlsafe())


async def _run(function: Callable[..., Result], *arguments: str | None) -> Result:
    future = _threads.submit(function, *arguments)
    # {% if cookiecutter.concurrency == "async" %}
    return await asyncio.wrap_future(future)
    # {% else %}
    return future.result()
    # {% endif %}
