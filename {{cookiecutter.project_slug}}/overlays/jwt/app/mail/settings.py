"""The settings of the mail server."""

from typing import Annotated, Literal

from pydantic import (
    BeforeValidator,
    Field,
    NameEmail,
    SecretStr,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import BaseSettings


def _none_if_empty(value: object) -> object:
    return None if value == "" else value


class MailSettings(BaseSettings):
    """A part of the settings. Durations are in seconds."""

    # The SMTP server that mails are sent by. Without one they are logged in development,
    # and not sent in production, because whoever reads the logs could use their tokens.
    mail_host: Annotated[str | None, BeforeValidator(_none_if_empty)] = None
    mail_port: int = Field(default=587, ge=1, le=65535)
    # With "tls" the connection is encrypted from the beginning, as on port 465.
    mail_security: Literal["starttls", "tls", "none"] = "starttls"
    mail_user: str | None = None
    mail_password: SecretStr | None = None
    # Who sends them, as "My Service <service@example.com>".
    mail_from: NameEmail | None = None
    # How long to wait for each answer of the server.
    mail_timeout: float = Field(default=10, gt=0)

    @field_validator("mail_password")
    @classmethod
    def _password_of_the_user(
        cls, password: SecretStr | None, info: ValidationInfo
    ) -> SecretStr | None:
        if not password and info.data.get("mail_user"):
            raise ValueError("is needed where APP_MAIL_USER is set")
        if password and info.data.get("mail_security") == "none":
            raise ValueError("needs APP_MAIL_SECURITY to be starttls or tls")
        return password

    @field_validator("mail_from")
    @classmethod
    def _somebody_sends(
        cls, sender: NameEmail | None, info: ValidationInfo
    ) -> NameEmail | None:
        if sender is None and info.data.get("mail_host"):
            raise ValueError("is needed where APP_MAIL_HOST is set")
        return sender
