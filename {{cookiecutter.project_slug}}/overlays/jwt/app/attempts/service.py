"""How often somebody may try to sign in, counted in the database for all processes.

An attempt is counted before the password is checked, and taken back when it was right.
So attempts at the same time cannot pass the bound together.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from ipaddress import IPv6Address, ip_address, ip_network

from fastapi import Request
from sqlalchemy import Integer, bindparam, case, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from app.attempts.models import SignInAttempts
from app.auth.database import Transaction, write
from app.database.base import utc_now
from app.database.types import TIMESTAMP
from app.errors import Retryable, TooManyAttempts
from app.settings import Settings

TABLE = SignInAttempts.__table__
KEY = TABLE.c.key == bindparam("attempts_key")
NOW = bindparam("now", type_=TIMESTAMP)
ENDS = bindparam("ends", type_=TIMESTAMP)
IS_OVER = TABLE.c.ends_at <= NOW

# One statement, so that two at the same time are counted one after the other.
# {% if cookiecutter.database == "mysql" %}
# The second column is assigned after the first:
# https://dev.mysql.com/doc/refman/8.4/en/update.html
# {% endif %}
COUNTED = (
    update(TABLE)
    .where(KEY, or_(IS_OVER, TABLE.c.number < bindparam("limit", type_=Integer)))
    .ordered_values(
        (TABLE.c.number, case((IS_OVER, 1), else_=TABLE.c.number + 1)),
        (TABLE.c.ends_at, case((IS_OVER, ENDS), else_=TABLE.c.ends_at)),
    )
)
END = select(TABLE.c.ends_at).where(KEY)
FIRST = insert(TABLE)
TAKEN_BACK = (
    update(TABLE).where(KEY, TABLE.c.number > 0).values(number=TABLE.c.number - 1)
)
FORGOTTEN = delete(TABLE).where(KEY)
OVER = delete(TABLE).where(IS_OVER)


@dataclass(frozen=True, order=True)
class Bound:
    """How many attempts may fail within a window of seconds, of an account or address."""

    key: str
    limit: int
    window: float


def bounds_for(settings: Settings, account: str, request: Request) -> list[Bound]:
    """Return the bounds of an attempt, in the order in which all count them."""
    limits = {
        _account(account): settings.auth_attempts_per_account,
        f"address {address_of(request)}": settings.auth_attempts_per_address,
    }
    return make_bounds(settings, limits)


def make_bounds(settings: Settings, limits: Mapping[str, int]) -> list[Bound]:
    """Return the bounds with these limits, in the order in which all count them."""
    window = settings.auth_attempts_window
    return sorted(Bound(_digest(key), limit, window) for key, limit in limits.items())


def address_of(request: Request) -> str:
    """Return the client's address, or the network of one of IPv6, where each has many."""
    host = request.client.host if request.client else "unknown"
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if isinstance(address, IPv6Address):
        return str(ip_network((address, 64), strict=False))
    return str(address)


async def count(transaction: Transaction, bounds: Sequence[Bound]) -> None:
    """Count an attempt. Raises TooManyAttempts where a bound is reached."""
    for bound in bounds:
        await _count(transaction, bound)


async def take_back(transaction: Transaction, bounds: Sequence[Bound]) -> None:
    """Take back an attempt that was right, and forget windows that are over."""
    for bound in bounds:
        await write(transaction, TAKEN_BACK, {"attempts_key": bound.key})
    await write(transaction, OVER, {"now": utc_now()})


async def forget(transaction: Transaction, account: str) -> None:
    """Forget the attempts of an account, whose user may try again at once."""
    await write(transaction, FORGOTTEN, {"attempts_key": _digest(_account(account))})


async def _count(transaction: Transaction, bound: Bound) -> None:
    now = utc_now()
    ends = now + timedelta(seconds=bound.window)
    key = {"attempts_key": bound.key}
    times = {"now": now, "ends": ends}
    values = key | times | {"limit": bound.limit}
    counted = await write(transaction, COUNTED, values)
    if counted.rowcount:
        return
    found = await transaction.execute(END, key)
    if row := found.first():
        left = (row.ends_at - now).total_seconds()
        raise TooManyAttempts(retry_after=max(1, math.ceil(left)))
    first = {"key": bound.key, "number": 1, "ends_at": ends}
    try:
        await write(transaction, FIRST, first)
    except IntegrityError as error:
        raise Retryable("Another request makes the first attempt, too.") from error


def _account(account: str) -> str:
    return f"account {account}"


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()
