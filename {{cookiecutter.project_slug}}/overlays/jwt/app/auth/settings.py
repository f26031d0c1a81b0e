"""The settings of signing in."""

from typing import Annotated

from pydantic import (
    Field,
    SecretStr,
    StringConstraints,
    ValidationInfo,
    field_validator,
)

from app.mail.settings import MailSettings

SERVICE = "{{ cookiecutter.project_slug }}"
# Different ones: hardly any random key of 32 characters has fewer.
FEWEST_CHARACTERS = 10

PageUrl = Annotated[
    str, StringConstraints(pattern=r"^https?://[^\s{}]+\{token\}[^\s{}]*$")
]


class AuthSettings(MailSettings):
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

    # Whether users verify their address before they sign in.
    auth_require_verified_email: bool = False
    # How long the token of a mail is valid: to verify an address, to reset a password.
    auth_verification_lifetime: int = Field(default=86400, ge=60)
    auth_reset_lifetime: int = Field(default=3600, ge=60, le=86400)
    # Your pages for these tokens, such as https://app.example.com/reset#{token}: without
    # them, a mail has the token alone.
    auth_verification_url: PageUrl | None = None
    auth_reset_url: PageUrl | None = None
    # How many mails may be asked for within the window of attempts.
    auth_mails_per_account: int = Field(default=5, ge=1)
    auth_mails_per_address: int = Field(default=50, ge=1)

    @field_validator("auth_key", "auth_old_key")
    @classmethod
    def _no_placeholder_as_key(cls, key: SecretStr | None) -> SecretStr | None:
        if key and len(set(key.get_secret_value())) < FEWEST_CHARACTERS:
            raise ValueError("must be random")
        if key and key.get_secret_value().lower().startswith("change"):
            raise ValueError("must be random, not a placeholder")
        return key

    @field_validator("environment", check_fields=False)
    @classmethod
    def _mails_in_production(cls, environment: str, info: ValidationInfo) -> str:
        # Nobody could sign in.
        needed = info.data.get("auth_require_verified_email")
        if environment == "production" and needed and not info.data.get("mail_host"):
            raise ValueError(
                "production needs APP_MAIL_HOST where APP_AUTH_REQUIRE_VERIFIED_EMAIL "
                "is on"
            )
        return environment
