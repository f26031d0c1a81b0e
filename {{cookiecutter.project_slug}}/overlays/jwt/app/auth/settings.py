"""The settings of signing in."""

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings

SERVICE = "{{ cookiecutter.project_slug }}"
# Different ones: hardly any random key of 32 characters has fewer.
FEWEST_CHARACTERS = 10


class AuthSettings(BaseSettings):
    """A part of the settings. Durations are in seconds."""

    # Signs the access tokens, and another one that was in use before and is still valid.
    auth_key: SecretStr = Field(min_length=32)
    auth_old_key: SecretStr | None = Field(default=None, min_length=32)
    # Who issues the access tokens, and whom they are for.
    auth_issuer: str = Field(default=SERVICE, min_length=1)
    # How long a token is valid, and how long a user stays signed in.
    auth_access_lifetime: int = Field(default=600, ge=30, le=3600)
    auth_refresh_lifetime: int = Field(default=30 * 86400, ge=3600)
    # How many attempts to sign in may fail within the window.
    auth_attempts_per_account: int = Field(default=10, ge=1)
    auth_attempts_per_address: int = Field(default=100, ge=1)
    auth_attempts_window: int = Field(default=900, ge=1)

    @field_validator("auth_key", "auth_old_key")
    @classmethod
    def _no_placeholder_as_key(cls, key: SecretStr | None) -> SecretStr | None:
        if key and len(set(key.get_secret_value())) < FEWEST_CHARACTERS:
            raise ValueError("must be random")
        if key and key.get_secret_value().lower().startswith("change"):
            raise ValueError("must be random, not a placeholder")
        return key
