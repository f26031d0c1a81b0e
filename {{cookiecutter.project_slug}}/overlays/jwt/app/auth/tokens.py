"""Access tokens: JSON Web Tokens that are verified without the database.

https://www.rfc-editor.org/rfc/rfc9068, https://www.rfc-editor.org/rfc/rfc8725
"""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from typing import Any

import jwt

from app.auth.caller import Caller
from app.auth.roles import Role
from app.database.base import utc_now
from app.errors import Unauthorized
from app.settings import Settings

ALGORITHM = "HS256"
TYPE = "at+jwt"
REQUIRED = ["iss", "aud", "sub", "sid", "scope", "iat", "exp"]

# The detail that a client is told, and the error of OAuth2.
EXPIRED = "The access token has expired."
NOT_VALID = "The access token is not valid."
ERROR = "invalid_token"

LEEWAY = 5  # seconds by which the clocks of two machines may differ
LONGEST = 4096  # characters; ours have some 400
REMEMBERED = 1000  # tokens that were verified, which takes a tenth of a read


class Tokens:
    """Issues and verifies access tokens with the keys of the settings."""

    def __init__(self, settings: Settings) -> None:
        self._issuer = settings.auth_issuer
        self.lifetime = settings.auth_access_lifetime  # seconds
        self._signing_key = settings.auth_key.get_secret_value()
        keys = [self._signing_key]
        if settings.auth_old_key:
            keys.append(settings.auth_old_key.get_secret_value())
        self._keys = {_key_id(key): key for key in keys}
        self._verified = lru_cache(REMEMBERED)(self._verify)

    def issue(self, caller: Caller) -> str:
        """Return an access token for a caller."""
        now = utc_now()
        claims = {
            "iss": self._issuer,
            "aud": self._issuer,
            "sub": str(caller.user_id),
            "sid": str(caller.sign_in_id),
            "scope": " ".join(caller.role.scopes),
            "iat": now,
            "exp": now + timedelta(seconds=self.lifetime),
        }
        headers = {"typ": TYPE, "kid": _key_id(self._signing_key)}
        return jwt.encode(claims, self._signing_key, ALGORITHM, headers)

    def verify(self, token: str) -> Caller:
        """Return the caller whom a token was issued to. Raises Unauthorized."""
        try:
            caller, expires_at = self._verified(token)
        except jwt.ExpiredSignatureError:
            raise Unauthorized(EXPIRED, ERROR) from None
        except (jwt.PyJWTError, ValueError, RecursionError):
            # Without the cause, which may repeat the token.
            raise Unauthorized(NOT_VALID, ERROR) from None
        if utc_now() >= expires_at:
            raise Unauthorized(EXPIRED, ERROR)
        return caller

    def _verify(self, token: str) -> tuple[Caller, datetime]:
        """Return the caller of a token, and when it expires. Raises PyJWT's errors."""
        if len(token) > LONGEST:
            raise jwt.InvalidTokenError
        claims = self._claims_of(token)
        expires_at = datetime.fromtimestamp(claims["exp"] + LEEWAY, UTC)
        return self._caller_of(claims), expires_at

    def _claims_of(self, token: str) -> dict[str, Any]:
        header = jwt.get_unverified_header(token)
        # The header only chooses among our keys: it names no algorithm, file or URL.
        key = self._keys.get(str(header.get("kid")))
        if key is None or header.get("typ") != TYPE:
            raise jwt.InvalidTokenError
        return jwt.decode(
            token,
            key,
            algorithms=[ALGORITHM],
            issuer=self._issuer,
            audience=self._issuer,
            leeway=LEEWAY,
            options={"require": REQUIRED},
        )

    @staticmethod
    def _caller_of(claims: dict[str, Any]) -> Caller:
        return Caller(
            user_id=int(str(claims["sub"])),
            sign_in_id=int(str(claims["sid"])),
            role=Role.greatest_of(str(claims["scope"]).split()),
        )


def _key_id(key: str) -> str:
    return sha256(f"kid:{key}".encode()).hexdigest()[:16]
