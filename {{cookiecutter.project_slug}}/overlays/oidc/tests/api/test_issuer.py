"""The keys of the issuer: fetched when needed, and not more often."""

# {% if cookiecutter.concurrency == "async" %}
import asyncio
import json
from collections.abc import AsyncIterator, Callable
# {% else %}
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
# {% endif %}
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from fastapi import FastAPI
from jwt.algorithms import OKPAlgorithm, RSAAlgorithm

from app.auth import issuer
from app.auth.issuer import LARGEST
from app.auth.roles import Role
from app.main import create_app
from app.settings import Settings
from tests.callers import headers_with
from tests.client import Client, client_of
from tests.issuer import DISCOVERY, ISSUER, JWKS, SigningKey

USERS = "/api/v1/users"
CLIENTS = 50
SHORT = 1024  # bits


@pytest.fixture(autouse=True)
def original_issuer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Undo afterwards what a test changes of the issuer."""
    for name in ("key", "keys", "fetches"):
        monkeypatch.setattr(ISSUER, name, getattr(ISSUER, name))
    for path, answer in ISSUER.answers.items():
        monkeypatch.setitem(ISSUER.answers, path, answer)


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """The keys may be fetched again at once."""
    monkeypatch.setattr(issuer, "INTERVAL", 0)
    monkeypatch.setattr(issuer, "RETRY", 0)


@pytest.fixture
async def starting(settings: Settings, visitor: Client) -> AsyncIterator[FastAPI]:
    """A service that has not fetched the keys yet."""
    app = create_app(settings)
    yield app
    await app.state.database.dispose()


def fail(path: str = DISCOVERY, answer: Callable[[], bytes] = lambda: b"") -> None:
    ISSUER.answers[path] = answer


async def call(app: FastAPI, token: str) -> Any:
    return await client_of(app).get(USERS, headers=headers_with(token))


async def call_often(app: FastAPI, tokens: list[str]) -> set[int]:
    """Call with many tokens at the same time, and return the status codes."""
    # {% if cookiecutter.concurrency == "async" %}
    answers = await asyncio.gather(*(call(app, token) for token in tokens))
    # {% else %}
    with ThreadPoolExecutor(len(tokens)) as threads:
        answers = list(threads.map(lambda token: call(app, token), tokens))
    # {% endif %}
    return {answer.status_code for answer in answers}


def made_up(number: int) -> str:
    """Return a token that names a key which does not exist."""
    return ISSUER.sign(ISSUER.claims("ann"), SigningKey(f"made-up-{number}"))


def use_new_key() -> None:
    ISSUER.key = SigningKey("second")
    ISSUER.keys = [*ISSUER.keys, ISSUER.key.public]


async def test_keys_are_fetched_once(starting: FastAPI) -> None:
    ISSUER.fetches = 0
    tokens = [ISSUER.issue("ann", Role.STAFF, number=each) for each in range(CLIENTS)]

    assert await call_often(starting, tokens) == {200}
    assert ISSUER.fetches == 1


async def test_made_up_keys_do_not_reach_the_issuer(starting: FastAPI) -> None:
    assert (await call(starting, ISSUER.issue("ann", Role.STAFF))).status_code == 200
    ISSUER.fetches = 0

    assert await call_often(starting, [*map(made_up, range(CLIENTS))]) == {401}
    assert ISSUER.fetches == 0


@pytest.mark.usefixtures("soon")
async def test_a_new_key_is_fetched_when_it_is_used(starting: FastAPI) -> None:
    old = ISSUER.issue("ann", Role.STAFF)
    assert (await call(starting, old)).status_code == 200
    use_new_key()
    new = ISSUER.issue("ann", Role.STAFF)

    assert (await call(starting, new)).status_code == 200
    assert (await call(starting, old)).status_code == 200


@pytest.mark.usefixtures("soon")
async def test_a_key_that_is_gone_verifies_no_longer(starting: FastAPI) -> None:
    old = ISSUER.issue("ann", Role.STAFF)
    assert (await call(starting, old)).status_code == 200
    ISSUER.key = SigningKey("second")
    ISSUER.keys = [ISSUER.key.public]
    new = ISSUER.issue("ann", Role.STAFF)

    assert (await call(starting, new)).status_code == 200
    assert (await call(starting, old)).status_code == 401


async def test_the_service_starts_without_its_issuer(starting: FastAPI) -> None:
    fail()

    refused = await call(starting, ISSUER.issue("ann", Role.STAFF))

    assert refused.status_code == 503
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.headers["retry-after"] == "1"
    live = await client_of(starting).get("/health/live")
    assert live.status_code == 200


@pytest.mark.usefixtures("soon")
async def test_known_keys_work_while_the_issuer_is_away(
    starting: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(issuer, "LIFETIME", 0)
    assert (await call(starting, ISSUER.issue("ann", Role.STAFF))).status_code == 200
    fail()

    known = [ISSUER.issue("ann", Role.STAFF, number=each) for each in range(3)]
    statuses = [(await call(starting, token)).status_code for token in known]
    use_new_key()
    unknown = await call(starting, ISSUER.issue("ann", Role.STAFF))

    assert statuses == [200, 200, 200]
    assert unknown.status_code == 503


@pytest.mark.usefixtures("soon")
async def test_it_goes_on_when_the_issuer_is_back(starting: FastAPI) -> None:
    answer = ISSUER.answers[DISCOVERY]
    fail()
    token = ISSUER.issue("ann", Role.STAFF)
    assert (await call(starting, token)).status_code == 503
    ISSUER.answers[DISCOVERY] = answer

    assert (await call(starting, token)).status_code == 200


LIES: dict[str, tuple[str, bytes]] = {
    "no JSON": (DISCOVERY, b"<html>"),
    "a list": (DISCOVERY, b"[]"),
    "another issuer": (DISCOVERY, b'{"issuer": "https://a", "jwks_uri": "https://b"}'),
    "keys that are no keys": (JWKS, b'{"keys": [1]}'),
    "too much": (JWKS, b" " * (LARGEST + 1)),
}


@pytest.mark.parametrize("lie", LIES)
async def test_what_is_not_an_issuer_is_away(starting: FastAPI, lie: str) -> None:
    path, body = LIES[lie]
    fail(path, lambda: body)

    refused = await call(starting, ISSUER.issue("ann", Role.STAFF))

    assert refused.status_code == 503


@pytest.mark.parametrize("url", ["http://example.com/keys", "file:///etc/passwd", "x"])
async def test_keys_come_from_protected_urls_alone(
    starting: FastAPI, url: str, caplog: pytest.LogCaptureFixture
) -> None:
    found = json.dumps({"issuer": ISSUER.url, "jwks_uri": url}).encode()
    fail(DISCOVERY, lambda: found)

    refused = await call(starting, ISSUER.issue("ann", Role.STAFF))

    assert refused.status_code == 503
    assert "must begin with https://" in caplog.text


async def test_keys_that_verify_nothing_are_left_out(starting: FastAPI) -> None:
    secret = {"kty": "oct", "kid": "secret", "k": "c2VjcmV0", "alg": "HS256"}
    encrypting = SigningKey("encrypting").public | {"use": "enc"}
    broken = {"kty": "RSA", "kid": "broken", "n": "!", "e": "AQAB"}
    ISSUER.keys = [secret, encrypting, broken, {"kty": "EC"}, {}, *ISSUER.keys]
    token = ISSUER.issue("ann", Role.STAFF)

    assert (await call(starting, token)).status_code == 200
    assert starting.state.tokens.issuer.keys.by_id.keys() == {ISSUER.key.id}


@pytest.mark.parametrize("algorithm", ["RS256", "PS256", "EdDSA"])
async def test_other_algorithms_are_taken_for_keys_that_are_for_them(
    starting: FastAPI, algorithm: str
) -> None:
    private: Any = Ed25519PrivateKey.generate()
    public = OKPAlgorithm.to_jwk(private.public_key(), as_dict=True)
    if algorithm != "EdDSA":
        private = generate_private_key(65537, 2048)
        public = RSAAlgorithm.to_jwk(private.public_key(), as_dict=True)
    ISSUER.keys = [public | {"kid": "other"}]
    claims = ISSUER.claims("ann", Role.STAFF)

    token = jwt.encode(claims, private, algorithm, {"kid": "other"})

    assert (await call(starting, token)).status_code == 200


@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
async def test_keys_that_are_too_short_are_not_taken(starting: FastAPI) -> None:
    private = generate_private_key(65537, SHORT)
    public = RSAAlgorithm.to_jwk(private.public_key(), as_dict=True)
    ISSUER.keys = [public | {"kid": "short"}]
    claims = ISSUER.claims("ann", Role.STAFF)

    token = jwt.encode(claims, private, "RS256", {"kid": "short"})

    assert (await call(starting, token)).status_code == 401


async def test_the_documentation_leads_to_the_issuer(visitor: Client) -> None:
    document = (await visitor.get("/openapi.json")).json()

    assert document["components"]["securitySchemes"] == {
        "issuer": {"type": "openIdConnect", "openIdConnectUrl": ISSUER.url + DISCOVERY}
    }
    assert "usePkceWithAuthorizationCodeGrant" in (await visitor.get("/docs")).text
