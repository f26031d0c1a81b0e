"""Access tokens that somebody made up, changed or kept for too long."""

import base64
import json
import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import HMACAlgorithm

from app.auth import tokens
from app.auth.roles import Role
from app.auth.tokens import LEEWAY, Tokens
from app.database.base import utc_now
from app.settings import Settings
from tests.callers import headers_with
from tests.client import Client
from tests.issuer import ISSUER, SigningKey

USERS = "/api/v1/users"
OTHER = "https://other.example.com"


def encoded(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def at(seconds: float) -> int:
    return int((utc_now() + timedelta(seconds=seconds)).timestamp())


def issue(**changes: Any) -> str:
    """Return a token of staff with other claims, of which None are left out."""
    claims = ISSUER.claims("ann", Role.STAFF) | changes
    return ISSUER.sign(
        {name: each for name, each in claims.items() if each is not None}
    )


def with_header(key: SigningKey | None = None, **changes: Any) -> str:
    """Return a token with other fields in its header, of which None are left out."""
    key = key or ISSUER.key
    claims = ISSUER.claims("ann", Role.STAFF)
    fields = {"kid": ISSUER.key.id} | changes
    headers = {name: each for name, each in fields.items() if each is not None}
    return jwt.encode(claims, key.private, key.algorithm, headers)


def unsigned(algorithm: str) -> str:
    """Return a token without a signature."""
    header = {"alg": algorithm, "typ": "JWT", "kid": ISSUER.key.id}
    claims = jwt.decode(issue(), options={"verify_signature": False})
    return f"{encoded(json.dumps(header))}.{encoded(json.dumps(claims))}."


def signed_with_the_public_key() -> str:
    """Return a token whose secret everybody knows, for who takes it for a secret."""
    public = ISSUER.key.private.public_key()
    secret = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    header = {"alg": "HS256", "typ": "JWT", "kid": ISSUER.key.id}
    claims = jwt.decode(issue(), options={"verify_signature": False})
    text = f"{encoded(json.dumps(header))}.{encoded(json.dumps(claims))}"
    signature = HMACAlgorithm(HMACAlgorithm.SHA256).sign(text.encode(), secret)
    return f"{text}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"


def with_own_key(name: str) -> str:
    """Return a token of another key, with that key in the header."""
    key = SigningKey(ISSUER.key.id)
    value: object = key.public if name == "jwk" else f"{OTHER}/keys"
    return with_header(key, **{name: value})


ATTACKS: dict[str, Callable[[], str]] = {
    "nothing": lambda: "",
    "no token": lambda: "x",
    "no JSON": lambda: "a.b.c",
    "alg none": lambda: unsigned("none"),
    "alg NONE": lambda: unsigned("NONE"),
    "no signature": lambda: unsigned("ES256"),
    "HS256 with the public key": signed_with_the_public_key,
    "changed signature": lambda: issue()[:-8] + "AAAAAAAA",
    "changed claims": lambda: issue().replace(".", ".e30", 1),
    "another key": lambda: ISSUER.sign(
        ISSUER.claims("ann", Role.STAFF), SigningKey(ISSUER.key.id)
    ),
    "another issuer": lambda: issue(iss=OTHER),
    "another audience": lambda: issue(aud="other"),
    "an audience that only begins so": lambda: issue(aud="api.example.com"),
    "expired": lambda: issue(exp=at(-LEEWAY - 1)),
    "not yet valid": lambda: issue(nbf=at(LEEWAY + 60)),
    "issued later": lambda: issue(iat=at(LEEWAY + 60)),
    "no expiry": lambda: issue(exp=None),
    "no subject": lambda: issue(sub=None),
    "no audience": lambda: issue(aud=None),
    "no issuer": lambda: issue(iss=None),
    "an empty subject": lambda: issue(sub=""),
    "a long subject": lambda: issue(sub="x" * 256),
    "a subject with a NUL": lambda: issue(sub="ann\0"),
    "a subject that is half a character": lambda: issue(sub="\ud800"),
    "an expiry without end": lambda: issue(exp=float("inf")),
    "no kid": lambda: with_header(kid=None),
    "kid with a path": lambda: with_header(kid="../../../dev/null"),
    "kid with a URL": lambda: with_header(kid=f"{OTHER}/keys"),
    "another kid": lambda: with_header(kid="0" * 16),
    "jku": lambda: with_own_key("jku"),
    "x5u": lambda: with_own_key("x5u"),
    "jwk": lambda: with_own_key("jwk"),
    "critical extension": lambda: with_header(crit=["b64"], b64=False),
    "nested deeply": lambda: f"{encoded('[' * 2000)}.e30.AAAA",
    "1 MB": lambda: issue(more="x" * 1_000_000),
}


async def test_a_good_token_is_taken(visitor: Client) -> None:
    response = await visitor.get(USERS, headers=headers_with(issue()))

    assert response.status_code == 200


@pytest.mark.parametrize("attack", ATTACKS)
async def test_a_bad_token_is_refused_and_not_logged(
    visitor: Client, attack: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    token = ATTACKS[attack]()

    response = await visitor.get(USERS, headers=headers_with(token))

    assert response.status_code == 401, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["www-authenticate"].startswith("Bearer")
    assert len(token) < 20 or token not in caplog.text + response.text


async def test_another_scheme_is_no_token(visitor: Client) -> None:
    headers = {"Authorization": f"Basic {issue()}"}

    assert (await visitor.get(USERS, headers=headers)).status_code == 401


async def test_a_token_that_was_valid_expires(
    visitor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = headers_with(issue())
    assert (await visitor.get(USERS, headers=headers)).status_code == 200
    later = utc_now() + timedelta(seconds=300 + LEEWAY)
    monkeypatch.setattr(tokens, "utc_now", lambda: later)

    refused = await visitor.get(USERS, headers=headers)

    assert refused.status_code == 401
    assert refused.json()["detail"] == "The access token has expired."


@pytest.mark.parametrize(
    ("claim", "value", "role"),
    [
        ("roles", ["admin", "offline_access"], Role.ADMIN),
        ("roles", "staff openid", Role.STAFF),
        ("roles", ["other"], Role.USER),
        ("roles", [["admin"], 7, None], Role.USER),
        ("roles", {"admin": True}, Role.USER),
        ("realm_access.roles", ["staff"], Role.STAFF),
        ("https://example.com/roles", ["staff"], Role.STAFF),
    ],
)
def test_the_role_is_in_the_claim_of_the_settings(
    settings: Settings, claim: str, value: object, role: Role
) -> None:
    service = ready(Tokens(settings.model_copy(update={"oidc_roles_claim": claim})))
    token = issue(**{"roles": None, claim: value})

    assert service.verify(token).role is role


def test_the_claim_may_be_within_another(settings: Settings) -> None:
    named = {
        "oidc_roles_claim": "resource_access.api.roles",
        "oidc_roles": {"boss": Role.ADMIN},
    }
    service = ready(Tokens(settings.model_copy(update=named)))

    for within, role in (({"roles": ["boss"]}, Role.ADMIN), ("boss", Role.USER)):
        token = issue(resource_access={"api": within})
        assert service.verify(token).role is role


def ready(service: Tokens) -> Tokens:
    """Wait until the keys of the issuer are fetched."""
    if fetch := service.issuer.refresh():
        fetch.result()
    return service
