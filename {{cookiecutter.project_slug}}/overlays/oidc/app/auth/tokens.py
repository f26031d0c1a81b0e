"""Access tokens of the issuer: JSON Web Tokens that are verified with its keys.

https://www.rfc-editor.org/rfc/rfc9068, https://www.rfc-editor.org/rfc/rfc8725
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Any

import jwt

from app.auth.issuer import ALGORITHMS, Issuer, Keys
from app.auth.known_users import Subject
from app.auth.roles import Role
from app.database.base import utc_now
from app.errors import Unauthorized
from app.settings import Settings

REQUIRED = ["iss", "aud", "sub", "iat", "exp"]

# The detail that a client is told, and the error of OAuth2.
EXPIRED = "The access token has expired."
NOT_VALID = "The access token is not valid."
ERROR = "invalid_token"

LEEWAY = 30  # seconds by which the clocks of the issuer and this machine may differ
LONGEST = 16_384  # characters; those with many roles have some thousands
LONGEST_SUBJECT = 255  # characters, by OpenID Connect
REMEMBERED = 1000  # tokens that were verified, which takes as long as a read

# Each refuses keys that are too short for their algorithm.
_parser = jwt.PyJWT({"enforce_minimum_key_length": True})


class UnknownKey(Exception):
    """The token names a key that was not fetched from the issuer."""


@dataclass(frozen=True)
class Verified:
    """What a valid token says: who has it, in which role, and until when."""

    subject: Subject
    role: Role
    expires_at: float


class Tokens:
    """Verifies access tokens with the keys of the issuer."""

    def __init__(self, settings: Settings) -> None:
        self.issuer = Issuer(settings.oidc_issuer)
        self._settings = settings
        self._verified = lru_cache(REMEMBERED)(self._verify)

    def verify(self, token: str) -> Verified:
        """Return what a token says. Raises Unauthorized and UnknownKey.

        With UnknownKey, it may be valid when the keys were fetched.
        """
        if self.issuer.is_due and self.issuer.keys.by_id:
            self.issuer.refresh()  # and go on with the keys that are there
        try:
            verified = self._verified(token, self.issuer.keys)
        except jwt.ExpiredSignatureError:
            raise Unauthorized(EXPIRED, ERROR) from None
        except (jwt.PyJWTError, ValueError, TypeError, ArithmeticError, RecursionError):
            # Without the cause, which may repeat the token.
            raise Unauthorized(NOT_VALID, ERROR) from None
        if utc_now().timestamp() >= verified.expires_at:
            raise Unauthorized(EXPIRED, ERROR)
        return verified

    def _verify(self, token: str, keys: Keys) -> Verified:
        """Raises PyJWT's errors, and those of values that are of another type."""
        if len(token) > LONGEST:
            raise jwt.InvalidTokenError
        claims = self._claims_of(token, keys)
        return Verified(
            subject=_subject_of(claims),
            role=self._role_of(claims),
            expires_at=int(claims["exp"]) + LEEWAY,
        )

    def _claims_of(self, token: str, keys: Keys) -> dict[str, Any]:
        header = jwt.get_unverified_header(token)
        # The header only chooses among the issuer's keys: it names no file or URL, and
        # what a key is for decides on the algorithm.
        if "kid" not in header or header.get("alg") not in ALGORITHMS:
            raise jwt.InvalidTokenError
        key = keys.by_id.get(header["kid"])
        if key is None:
            raise UnknownKey
        return _parser.decode(
            token,
            key.public,
            algorithms=key.algorithms,
            issuer=self._settings.oidc_issuer,
            audience=self._settings.oidc_audience,
            leeway=LEEWAY,
            options={"require": REQUIRED},
        )

    def _role_of(self, claims: Mapping[str, Any]) -> Role:
        """Return the greatest role of the claim; users are all that have a token."""
        values = _values_of(_claim(claims, self._settings.oidc_roles_claim))
        roles = self._settings.oidc_roles
        named = [roles[value] for value in values if value in roles]
        return Role.greatest_of([Role.USER, *named])


def _subject_of(claims: Mapping[str, Any]) -> Subject:
    """Return whom a token is for. Raises ValueError where that is no name."""
    issuer, subject = claims["iss"], claims["sub"]
    if not (0 < len(subject) <= LONGEST_SUBJECT and subject.isprintable()):
        raise ValueError
    key = sha256(json.dumps([issuer, subject]).encode()).hexdigest()
    return Subject(issuer, subject, key, claims)


def _claim(claims: Mapping[str, Any], name: str) -> Any:
    """Return a claim by its name, which may have dots, or by its path, or None."""
    if name in claims:
        return claims[name]
    value: Any = claims
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _values_of(claim: Any) -> list[str]:
    """Return the texts of a list, or of a text with spaces, such as a scope."""
    if isinstance(claim, str):
        return claim.split()
    if not isinstance(claim, list):
        return []
    return [value for value in claim if isinstance(value, str)]
