"""What clients send and receive about users."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    EmailStr,
    Field,
    SecretStr,
    StringConstraints,
    field_validator,
)

from app.fields import Text, not_null
from app.pagination import PageQuery

# Lower-cased, so that nobody can be Admin beside admin on any database.
Username = Annotated[
    str,
    StringConstraints(
        min_length=3, max_length=50, pattern=r"^[A-Za-z0-9_]+$", to_lower=True
    ),
]
Email = Annotated[EmailStr, Field(max_length=320), StringConstraints(to_lower=True)]
FullName = Annotated[Text, Field(max_length=200)]
Bio = Annotated[Text, Field(max_length=10_000)]
Password = Annotated[SecretStr, Field(min_length=8, max_length=128)]


class UserCreate(BaseModel):
    username: Username
    email: Email
    full_name: FullName | None = None
    bio: Bio | None = None
    password: Password


class UserImport(BaseModel):
    """A user who has no password, and cannot have used one, until it is set."""

    username: Username
    email: Email
    full_name: FullName | None = None
    bio: Bio | None = None


class UserImports(BaseModel):
    users: Annotated[list[UserImport], Field(min_length=1, max_length=1000)]


class UserUpdate(BaseModel):
    """What is left out stays as it is."""

    username: Username | None = None
    email: Email | None = None
    full_name: FullName | None = None
    bio: Bio | None = None
    password: Password | None = None
    is_active: bool | None = None

    _required = field_validator("username", "email", "password", "is_active")(not_null)


class UserRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    username: str
    email: str
    full_name: str | None
    bio: str | None
    is_active: bool
    is_superuser: bool
    created_at: datetime
    updated_at: datetime


class Imported(BaseModel):
    created: int


class UserQuery(PageQuery):
    search: Annotated[Text, Field(min_length=1, max_length=100)] | None = None
    is_active: bool | None = None
    sort: Literal[
        "id",
        "-id",
        "username",
        "-username",
        "email",
        "-email",
        "created_at",
        "-created_at",
    ] = "id"
