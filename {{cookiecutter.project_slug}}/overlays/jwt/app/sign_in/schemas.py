"""What clients send and receive about signing in."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field, Secret, StringConstraints

from app.http.fields import Text
from app.users.schemas import Email, Password

# Any text that could be a password: whether it is one, the hash tells.
GivenPassword = Annotated[
    Secret[Annotated[str, Field(min_length=1, max_length=128)]],
    Field(json_schema_extra={"format": "password", "writeOnly": True}),
]
# The token of a mail.
EmailToken = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{43}$")]


class Credentials(BaseModel):
    """The form of OAuth2's password flow; the name may be the e-mail address."""

    grant_type: Literal["password"] = "password"
    username: Annotated[Text, Field(min_length=1, max_length=320)]
    password: GivenPassword


class RefreshToken(BaseModel):
    refresh_token: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{65}$")]


class PasswordChange(BaseModel):
    current_password: GivenPassword
    new_password: Password


class EmailChange(BaseModel):
    current_password: GivenPassword
    email: Email


class MailRequest(BaseModel):
    email: Email


class EmailVerification(BaseModel):
    token: EmailToken


class PasswordReset(BaseModel):
    token: EmailToken
    password: Password


class TokensRead(BaseModel):
    """Tokens of a user who is signed in; the access token expires in so many seconds."""

    access_token: str
    token_type: Literal["bearer"] = Field("bearer")
    expires_in: int
    refresh_token: str
    scope: str
