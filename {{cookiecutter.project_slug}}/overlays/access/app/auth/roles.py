"""What users may do."""

from collections.abc import Iterable
from enum import StrEnum


class Role(StrEnum):
    """The roles, from the least to the greatest: each includes those before it."""

    USER = "user"
    STAFF = "staff"
    ADMIN = "admin"

    @property
    def scopes(self) -> tuple["Role", ...]:
        """The role and those that it includes, as the scopes of a token."""
        roles = tuple(Role)
        return roles[: roles.index(self) + 1]

    def includes(self, other: "Role") -> bool:
        """Return whether this role may do what the other one may."""
        return other in self.scopes

    @classmethod
    def greatest_of(cls, scopes: Iterable[str]) -> "Role":
        """Return the greatest role among scopes. Raises ValueError for none."""
        return max(map(cls, scopes), key=lambda role: len(role.scopes))
