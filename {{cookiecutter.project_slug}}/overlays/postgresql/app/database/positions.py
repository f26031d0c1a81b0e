"""Positions in the primary's log: the state that the client of a request must see.

A standby that has replayed a position has all that was committed before it was read.
https://www.postgresql.org/docs/current/datatype-pg-lsn.html
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

FORM = re.compile(r"([0-9A-F]{1,8})/([0-9A-F]{1,8})")
UNKNOWN = 0  # 0/0, where no log has anything


@dataclass
class ClientPosition:
    """The position that a client sent, and the one that its answer is to carry.

    A client that sent None may be unable to keep one. One that sent UNKNOWN keeps what
    it gets, and is to get a position with its next read.
    """

    sent: int | None
    new: int | None = None

    @property
    def known(self) -> int | None:
        """The newest position of the client."""
        return self.sent if self.new is None else self.new


# None outside of requests, and where no replica is set.
CLIENT: ContextVar[ClientPosition | None] = ContextVar("client", default=None)
_PRIMARY_ONLY = ContextVar("primary_only", default=False)


def reading_client() -> ClientPosition | None:
    """Return the position of the client, or None where only the primary may serve it."""
    return None if _PRIMARY_ONLY.get() else CLIENT.get()


@contextmanager
def primary_only() -> Iterator[None]:
    """Read from the primary, for what must be the newest state, whoever wrote it."""
    token = _PRIMARY_ONLY.set(True)
    try:
        yield
    finally:
        _PRIMARY_ONLY.reset(token)


def parse_position(text: str) -> int | None:
    """Return the position that PostgreSQL writes so, or None for any other text."""
    match = FORM.fullmatch(text)
    return (int(match[1], 16) << 32) + int(match[2], 16) if match else None


def format_position(position: int) -> str:
    """Return the position as PostgreSQL writes it."""
    return f"{position >> 32:X}/{position & 0xFFFFFFFF:X}"
