"""An issuer of access tokens, which serves its keys on this machine."""

import atexit
import json
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from jwt.algorithms import ECAlgorithm

from app.auth.roles import Role
from app.database.base import utc_now

AUDIENCE = "api"
JWKS = "/keys"
DISCOVERY = "/.well-known/openid-configuration"


class SigningKey:
    """A key that signs access tokens, and what verifies them."""

    algorithm = "ES256"

    def __init__(self, key_id: str) -> None:
        self.id = key_id
        self.private: Any = generate_private_key(SECP256R1())

    @property
    def public(self) -> dict[str, Any]:
        """The public key as a JSON Web Key."""
        key = ECAlgorithm.to_jwk(self.private.public_key(), as_dict=True)
        return key | {"kid": self.id, "alg": self.algorithm, "use": "sig"}


class Issuer:
    """Issues access tokens, and serves what verifies them."""

    def __init__(self) -> None:
        self.key = SigningKey("first")
        self.keys = [self.key.public]
        self.fetches = 0  # of the keys
        self.answers: dict[str, Callable[[], bytes]] = {
            DISCOVERY: self._discovery,
            JWKS: self._keys,
        }
        self._server = ThreadingHTTPServer(
            ("127.0.0.1", 0), partial(_Handler, self.answers)
        )
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def start(self) -> dict[str, str]:
        """Answer requests from now on, and return the settings of a service for it."""
        Thread(target=self._server.serve_forever, args=[0.01], daemon=True).start()
        atexit.register(self._stop)
        return {"APP_OIDC_ISSUER": self.url, "APP_OIDC_AUDIENCE": AUDIENCE}

    def _stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def claims(self, subject: str, role: Role = Role.USER) -> dict[str, Any]:
        """Return what a token for somebody says."""
        now = utc_now()
        return {
            "iss": self.url,
            "aud": AUDIENCE,
            "sub": subject,
            "iat": now,
            "exp": now + timedelta(minutes=5),
            "roles": [role, "offline_access"],
            "preferred_username": subject,
            "email": f"{subject}@example.com",
            "email_verified": True,
        }

    def issue(self, subject: str, role: Role = Role.USER, **more: Any) -> str:
        """Return an access token for somebody, with more claims or other ones."""
        return self.sign(self.claims(subject, role) | more)

    def sign(self, claims: dict[str, Any], key: SigningKey | None = None) -> str:
        """Return a token with these claims, of another key where there is one."""
        key = key or self.key
        headers = {"kid": key.id}
        return jwt.encode(claims, key.private, key.algorithm, headers)

    def _discovery(self) -> bytes:
        found = {"issuer": self.url, "jwks_uri": f"{self.url}{JWKS}"}
        return json.dumps(found).encode()

    def _keys(self) -> bytes:
        self.fetches += 1
        return json.dumps({"keys": self.keys}).encode()


class _Handler(BaseHTTPRequestHandler):
    def __init__(self, answers: dict[str, Callable[[], bytes]], *args: Any) -> None:
        self._answers = answers
        super().__init__(*args)

    def do_GET(self) -> None:
        body = self._answers[self.path]()
        self.send_response(200 if body else 503)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Write nothing to the output of the tests."""


ISSUER = Issuer()
