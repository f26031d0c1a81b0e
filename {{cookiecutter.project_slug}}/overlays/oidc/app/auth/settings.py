"""The settings of who issues access tokens, and which roles are in them."""

import json
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, field_validator
from pydantic_settings import BaseSettings, NoDecode

from app.auth.roles import Role

LOOPBACK = {"127.0.0.1", "::1", "localhost"}


def is_protected(url: str) -> bool:
    """Return whether nobody can change on the way what is fetched from a URL."""
    parts = urlsplit(url)
    on_this_machine = parts.scheme == "http" and parts.hostname in LOOPBACK
    return bool(parts.hostname) and (parts.scheme == "https" or on_this_machine)


def parse_roles(value: object) -> object:
    """Return what is written as JSON. Raises ValueError for other text."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        raise ValueError('must look like {"admins": "admin"}') from None


class AuthSettings(BaseSettings):
    """A part of the settings."""

    # Who issues the access tokens, exactly as they say it (iss), and whom they are for
    # (aud). The service does not start without them; migrations need neither.
    oidc_issuer: str = Field(default="", max_length=500)
    oidc_audience: str = ""
    # The claim with the roles: its name, or its path such as realm_access.roles.
    oidc_roles_claim: str = Field(default="roles", min_length=1)
    # Which of its values is which role, as JSON. Who has none of them is a user.
    oidc_roles: Annotated[dict[str, Role], NoDecode, BeforeValidator(parse_roles)] = {
        role.value: role for role in Role
    }
    # The public client, without a secret, that Authorize in /docs signs in with.
    oidc_docs_client: str = ""
    oidc_docs_scopes: str = "openid profile email"

    @field_validator("oidc_issuer")
    @classmethod
    def _no_issuer_that_others_can_change(cls, url: str) -> str:
        if url and not is_protected(url):
            raise ValueError("must begin with https://, or be on this machine")
        return url
