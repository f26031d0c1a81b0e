"""The keys that the issuer signs access tokens with.

https://openid.net/specs/openid-connect-discovery-1_0.html
"""

import logging
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from threading import Lock
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

from httpx2 import Client, HTTPError, InvalidURL
from jwt import PyJWK, PyJWTError
from pydantic import BaseModel

from app.auth.settings import is_protected

logger = logging.getLogger(__name__)

# Each can be verified by who cannot sign.
RSA = {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}
ALGORITHMS = RSA | {"ES256", "ES384", "ES512", "EdDSA"}
KINDS = {"RSA", "EC", "OKP"}

# In seconds.
LIFETIME = 3600  # of the keys, which are then fetched again
INTERVAL = 10  # between two fetches for the sake of unknown keys
RETRY = 2  # after a fetch that failed
STEP_TIMEOUT = 2  # to connect, to send, and between the parts of an answer
TIMEOUT = 4  # of a fetch

LARGEST = 512 * 1024  # bytes of an answer
HEADERS = {"Accept": "application/json", "Accept-Encoding": "identity"}


@dataclass(frozen=True)
class Key:
    """A public key, and the algorithms that it is for."""

    public: Any
    algorithms: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Keys:
    """The keys of one fetch, by their ids."""

    by_id: Mapping[str, Key]


class Discovery(BaseModel):
    """What an issuer says of itself."""

    issuer: str
    jwks_uri: str


class KeySet(BaseModel):
    """The JSON Web Keys of an issuer."""

    keys: list[dict[str, Any]]


class Issuer:
    """Fetches the keys of the issuer, and remembers them.

    While the issuer is away, the keys that were fetched go on to work. One fetch runs at
    a time, in a thread of its own, and no more often than the intervals allow: tokens
    that name made-up keys do not reach the issuer.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self.keys = Keys({})
        self.is_away = True  # as far as the last fetch tells
        self._due_at = 0.0  # when the keys are fetched again in any case
        self._allowed_at = 0.0  # when they may be fetched again
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="issuer")
        self._lock = Lock()
        self._fetch: Future[None] | None = None

    @property
    def is_due(self) -> bool:
        """Whether it is time to fetch the keys again."""
        return monotonic() >= self._due_at

    def refresh(self) -> Future[None] | None:
        """Begin to fetch the keys, and return the fetch, or one that is under way.

        Returns None where the last one ended just now.
        """
        with self._lock:
            if self._fetch is None or self._fetch.done():
                if monotonic() < self._allowed_at:
                    return None
                self._fetch = self._thread.submit(self._load)
            return self._fetch

    def _load(self) -> None:
        self.is_away = True
        try:
            self.keys = fetch_keys(self._url)
            self.is_away = False
        except (HTTPError, InvalidURL, ValueError) as error:
            logger.warning("The keys of %s cannot be fetched: %r", self._url, error)
        finally:
            now = monotonic()
            self._due_at = now + (RETRY if self.is_away else LIFETIME)
            self._allowed_at = now + (RETRY if self.is_away else INTERVAL)


def discovery_url(issuer: str) -> str:
    """Return the URL of what an issuer says of itself."""
    return f"{issuer.rstrip('/')}/.well-known/openid-configuration"


def fetch_keys(issuer: str) -> Keys:
    """Fetch the keys of an issuer. Raises HTTPError, InvalidURL and ValueError."""
    deadline = monotonic() + TIMEOUT
    # Proxies of the environment do not lead to this machine.
    is_elsewhere = urlsplit(issuer).scheme == "https"
    with Client(
        timeout=STEP_TIMEOUT, headers=HEADERS, trust_env=is_elsewhere
    ) as client:
        text = _fetch(client, discovery_url(issuer), deadline)
        found = Discovery.model_validate_json(text)
        if found.issuer != issuer:
            raise ValueError(f"the issuer calls itself {found.issuer[:200]!r}")
        text = _fetch(client, found.jwks_uri, deadline)
    return Keys(dict(_usable(KeySet.model_validate_json(text))))


def _fetch(client: Client, url: str, deadline: float) -> bytes:
    if not is_protected(url):
        raise ValueError(f"{url[:200]!r} must begin with https://")
    body = bytearray()
    with client.stream("GET", url) as response:
        response.raise_for_status()
        for part in response.iter_raw():
            body += part
            if len(body) > LARGEST or monotonic() > deadline:
                raise ValueError(f"{url} answers too much, or takes too long")
    return bytes(body)


def _usable(found: KeySet) -> Iterator[tuple[str, Key]]:
    """Yield the keys that verify signatures; an issuer may have others, too."""
    for each in found.keys:
        is_ours = each.get("kty") in KINDS and each.get("use", "sig") == "sig"
        if not (is_ours and isinstance(each.get("kid"), str)):
            continue
        with suppress(PyJWTError, ValueError, TypeError, KeyError):
            if key := _key_of(each):
                yield each["kid"], key


def _key_of(found: Mapping[str, Any]) -> Key | None:
    key = PyJWK(dict(found))
    # Some issuers leave open which algorithm a key of RSA is for.
    is_open = found["kty"] == "RSA" and "alg" not in found
    algorithms = (RSA if is_open else {key.algorithm_name}) & ALGORITHMS
    return Key(key.key, tuple(sorted(algorithms))) if algorithms else None
