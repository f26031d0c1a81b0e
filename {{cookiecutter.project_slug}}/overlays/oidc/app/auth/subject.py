"""Whom the issuer has issued a token to."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Self

from pydantic import TypeAdapter, ValidationError

from app.users.schemas import Email, FullName, Username

LONGEST = 255  # characters of a subject, by OpenID Connect

USERNAME: TypeAdapter[str] = TypeAdapter(Username)
EMAIL: TypeAdapter[str] = TypeAdapter(Email)
FULL_NAME: TypeAdapter[str] = TypeAdapter(FullName)


@dataclass(frozen=True)
class Subject:
    """The issuer's name for somebody, which never changes, and what a token says of them.

    The key stands for issuer and subject, since databases compare texts in ways of their
    own: to some of them, ann and ANN are the same.
    """

    issuer: str
    subject: str
    key: str
    username: str | None
    email: str | None
    # The issuer has made sure that the address is theirs.
    has_verified_email: bool
    full_name: str | None

    @classmethod
    def from_claims(cls, claims: Mapping[str, Any]) -> Self:
        """Return whom a valid token is for. Raises ValueError for an impossible subject.

        Other claims are left out where they cannot be used.
        """
        issuer, subject = claims["iss"], claims["sub"]
        if not 0 < len(subject) <= LONGEST:
            raise ValueError
        return cls(
            issuer=issuer,
            subject=subject,
            key=sha256(json.dumps([issuer, subject]).encode()).hexdigest(),
            username=_username_of(claims.get("preferred_username")),
            email=_valid(EMAIL, claims.get("email")),
            has_verified_email=claims.get("email_verified") is True,
            full_name=_valid(FULL_NAME, claims.get("name")),
        )


def _username_of(claim: Any) -> str | None:
    """Return a username like a claim, which may be an address of mail."""
    if not isinstance(claim, str):
        return None
    name, _, _ = claim.partition("@")
    return _valid(USERNAME, re.sub(r"[^A-Za-z0-9]+", "_", name).strip("_"))


def _valid(kind: TypeAdapter[str], value: Any) -> str | None:
    try:
        return kind.validate_python(value)
    except ValidationError:
        return None
