"""Access tokens that somebody made up, changed or kept for too long."""

import base64
import json
import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import jwt
import pytest
from pydantic import SecretStr

from app.auth import tokens
from app.auth.caller import Caller
from app.auth.roles import Role
from app.auth.tokens import ALGORITHM, LEEWAY, Tokens
from app.database.base import utc_now
from app.errors import Unauthorized
from app.settings import Settings
from tests.callers import headers_with
from tests.client import Client

USERS = "/api/v1/users"
STAFF = Caller(user_id=1, sign_in_id=1, role=Role.STAFF)
OTHER_KEY = "another key, of somebody else, that is long enough"


class Forger:
    """Makes tokens that differ from a good one of the service."""

    def __init__(self, settings: Settings) -> None:
        self.key = settings.auth_key.get_secret_value()
        self.good = Tokens(settings).issue(STAFF)
        self.header = jwt.get_unverified_header(self.good)
        self.claims: dict[str, Any] = jwt.decode(
            self.good, options={"verify_signature": False}
        )

    def make(self, key: str | None = None, **claims: Any) -> str:
        """Return a token with other claims, of which None are left out."""
        changed = self.claims | claims
        kept = {name: claim for name, claim in changed.items() if claim is not None}
        return jwt.encode(kept, key or self.key, ALGORITHM, self.header)

    def with_header(self, **changes: Any) -> str:
        """Return a token with other fields in its header, of which None are left out."""
        return jwt.encode(self.claims, self.key, ALGORITHM, self.header | changes)

    def unsigned(self, **changes: Any) -> str:
        """Return a token without a signature."""
        parts = (self.header | {"alg": "none"} | changes, self.claims)
        return ".".join([*(encoded(json.dumps(part)) for part in parts), ""])

    def in_seconds(self, seconds: float) -> int:
        return int((utc_now() + timedelta(seconds=seconds)).timestamp())


def encoded(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


ATTACKS: dict[str, Callable[[Forger], str]] = {
    "nothing": lambda _: "",
    "no token": lambda _: "x",
    "no JSON": lambda _: "a.b.c",
    "alg none": lambda forger: forger.unsigned(),
    "alg NONE": lambda forger: forger.unsigned(alg="NONE"),
    "alg HS512": lambda forger: jwt.encode(
        forger.claims, forger.key * 2, "HS512", forger.header
    ),
    "no signature": lambda forger: forger.good.rpartition(".")[0] + ".",
    "changed signature": lambda forger: forger.good[:-4] + "AAAA",
    "changed claims": lambda forger: forger.good.replace(".", ".e30", 1),
    "another key": lambda forger: forger.make(key=OTHER_KEY),
    "expired": lambda forger: forger.make(exp=forger.in_seconds(-LEEWAY - 1)),
    "issued later": lambda forger: forger.make(iat=forger.in_seconds(LEEWAY + 60)),
    "not yet valid": lambda forger: forger.make(nbf=forger.in_seconds(LEEWAY + 60)),
    "another audience": lambda forger: forger.make(aud="other"),
    "another issuer": lambda forger: forger.make(iss="https://evil.example.com"),
    "no expiry": lambda forger: forger.make(exp=None),
    "no subject": lambda forger: forger.make(sub=None),
    "no audience": lambda forger: forger.make(aud=None),
    "a strange subject": lambda forger: forger.make(sub="1 OR 1=1"),
    "a strange scope": lambda forger: forger.make(scope="root"),
    "an empty scope": lambda forger: forger.make(scope=""),
    "a scope that is a list": lambda forger: forger.make(scope=["staff"]),
    "kid with a path": lambda forger: forger.with_header(kid="../../../dev/null"),
    "kid with SQL": lambda forger: forger.with_header(kid="' OR 1=1 --"),
    "another kid": lambda forger: forger.with_header(kid="0" * 16),
    "another type": lambda forger: forger.with_header(typ="JWT"),
    "nested deeply": lambda _: f"{encoded('[' * 2000)}.e30.AAAA",
    "1 MB": lambda forger: forger.make(more="x" * 1_000_000),
}


@pytest.fixture
def forger(settings: Settings) -> Forger:
    return Forger(settings)


async def test_a_good_token_is_taken(visitor: Client, forger: Forger) -> None:
    response = await visitor.get(USERS, headers=headers_with(forger.make()))

    assert response.status_code == 200


@pytest.mark.parametrize("attack", ATTACKS)
async def test_a_bad_token_is_refused_and_not_logged(
    visitor: Client, forger: Forger, attack: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    token = ATTACKS[attack](forger)

    response = await visitor.get(USERS, headers=headers_with(token))

    assert response.status_code == 401
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["www-authenticate"].startswith("Bearer")
    assert len(token) < 20 or token not in caplog.text + response.text


async def test_a_jku_in_the_header_leads_nowhere(
    visitor: Client, forger: Forger
) -> None:
    header = forger.header | {"jku": "https://evil.example.com/keys"}
    token = jwt.encode(forger.claims, OTHER_KEY, ALGORITHM, header)

    response = await visitor.get(USERS, headers=headers_with(token))

    assert response.status_code == 401


async def test_another_scheme_is_no_token(visitor: Client, forger: Forger) -> None:
    headers = {"Authorization": f"Basic {forger.good}"}

    assert (await visitor.get(USERS, headers=headers)).status_code == 401


def test_a_token_of_the_old_key_is_valid_until_the_key_is_gone(
    settings: Settings, forger: Forger
) -> None:
    new = {"auth_key": SecretStr(OTHER_KEY)}
    rotated = Tokens(
        settings.model_copy(update=new | {"auth_old_key": settings.auth_key})
    )
    afterwards = Tokens(settings.model_copy(update=new))

    assert rotated.verify(forger.good) == STAFF
    assert afterwards.verify(rotated.issue(STAFF)) == STAFF
    with pytest.raises(Unauthorized):
        afterwards.verify(forger.good)


def test_a_token_that_was_valid_expires(
    settings: Settings, forger: Forger, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = Tokens(settings)
    assert service.verify(forger.good) == STAFF
    later = utc_now() + timedelta(seconds=settings.auth_access_lifetime + LEEWAY)
    monkeypatch.setattr(tokens, "utc_now", lambda: later)

    with pytest.raises(Unauthorized, match="expired"):
        service.verify(forger.good)
