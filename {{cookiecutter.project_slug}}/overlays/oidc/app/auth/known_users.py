"""The users of tokens, looked up once for a while."""

from collections.abc import Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Any, NamedTuple

REMEMBERED = 10_000  # users of a process
LIFETIME = 300  # seconds, until one who was deactivated cannot read any more


@dataclass(frozen=True)
class Subject:
    """The issuer's name for somebody, which never changes, and what a token says of them.

    The key stands for issuer and subject, since databases compare texts in ways of their
    own: to some of them, ann and ANN are the same.
    """

    issuer: str
    subject: str
    key: str
    claims: Mapping[str, Any]


class UserState(NamedTuple):
    """A user, and whether they may use the service."""

    user_id: int
    is_active: bool


class KnownUsers:
    """The ids of users who are active, by the keys of their subjects, for a while."""

    def __init__(self) -> None:
        self._found: dict[str, tuple[int, float]] = {}

    def get(self, key: str) -> int | None:
        """Return the id of a user, or None where it is to be looked up."""
        user_id, expires_at = self._found.get(key, (0, 0.0))
        return user_id if monotonic() < expires_at else None

    def add(self, key: str, user_id: int) -> None:
        """Remember a user, and forget who was added first where there are too many."""
        self._found.pop(key, None)
        if len(self._found) >= REMEMBERED:
            del self._found[next(iter(self._found))]
        self._found[key] = (user_id, monotonic() + LIFETIME)

    def clear(self) -> None:
        """Forget all users."""
        self._found.clear()
