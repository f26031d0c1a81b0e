"""Everything the environment may change, validated once at start."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    BeforeValidator,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
# {% if cookiecutter.database == "postgresql" %}
from sqlalchemy import URL
# {% else %}
from sqlalchemy import URL, make_url
# {% endif %}
from sqlalchemy.exc import ArgumentError

# {% if cookiecutter.auth != "none" %}
from app.auth.settings import AuthSettings
# {% endif %}
# {% if cookiecutter.database == "postgresql" %}
from app.database.url import normalize_url, read_url
# {% else %}
from app.database.url import normalize_url
# {% endif %}

PROJECT = Path(__file__).parent.parent
POOL_SIZE = {{ 5 if cookiecutter.concurrency == "async" else 10 }}
DRIVERNAME = "{{ cookiecutter._drivers[cookiecutter.driver].scheme }}"
URL_EXAMPLE = f"{DRIVERNAME}://{{ '/database.db' if cookiecutter.database == 'sqlite' else 'user:password@host/database' }}"
# {% if cookiecutter.database != "sqlite" %}
# What stands in examples, and what attackers try first.
PLACEHOLDERS = {"", "change-me", "changeme", "password", "secret", "{{ 'postgres' if cookiecutter.database == 'postgresql' else 'root' }}"}
# {% endif %}
BACKENDS = {{ cookiecutter._databases[cookiecutter.database].url_names | tojson }}


def parse_database_url(value: object) -> URL:
    """Return the URL with this service's driver, whichever driver it was written for.

    Raises ValueError for anything that is not the URL of a database of our kind, or has
    a parameter that the service does not accept. The message shows no part of the URL
    that may be secret.
    """
    try:
        # {% if cookiecutter.database == "postgresql" %}
        url = value if isinstance(value, URL) else read_url(str(value))
        # {% else %}
        url = value if isinstance(value, URL) else make_url(str(value))
        # {% endif %}
    except (ArgumentError, ValueError) as error:
        raise ValueError(f"must look like {URL_EXAMPLE}") from error
    if url.get_backend_name() not in BACKENDS or not url.database:
        raise ValueError(f"must look like {URL_EXAMPLE}")
    return normalize_url(url.set(drivername=DRIVERNAME))


class UrlVariables(BaseSettings):
    """The variables that may hold the URL, the second as hosting platforms name it."""

    model_config = SettingsConfigDict(env_file=PROJECT / ".env", extra="ignore")

    app_database_url: str | None = None
    database_url: str | None = None


def url_variable() -> str:
    """Return the name of the variable that the URL is read from.

    Ours has precedence wherever it is set: a variable that another project left in the
    environment must not lead to that project's database.
    """
    variables = UrlVariables()
    if variables.app_database_url is None and variables.database_url is not None:
        return "DATABASE_URL"
    return "APP_DATABASE_URL"


def _hosted_database_url() -> str | None:
    return UrlVariables().database_url


class Settings({{ "BaseSettings" if cookiecutter.auth == "none" else "AuthSettings" }}):
    """Read from the environment (``APP_…``), then from the project's file ``.env``.

    Durations are in seconds.
    """

    model_config = SettingsConfigDict(
        env_file=PROJECT / ".env",
        env_prefix="APP_",
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
        arbitrary_types_allowed=True,
    )

    # Production refuses what is only fit for the machine of a developer.
    environment: Literal["development", "production"] = "production"
    # Shows clients where the code failed, and logs the values of failing statements.
    debug: bool = False

    # A request that has no answer by then gets a 503. Longer than any of the waits
    # below, and shorter than clients and proxies are patient.
    request_timeout: float = Field(default=8, gt=0)
    request_body_limit: int = Field(default=1_048_576, ge=0)  # bytes
    # Which web pages of other origins may call, as JSON: ["https://app.example.com"].
    cors_origins: tuple[str, ...] = ()

    # {% if cookiecutter.database == "sqlite" %}
    # A relative path begins at the project's folder.
    # {% endif %}
    database_url: Annotated[URL, NoDecode, BeforeValidator(parse_database_url)] = Field(
        default_factory=_hosted_database_url, validate_default=True
    )
    database_echo: bool = False  # log every statement

    # {% if cookiecutter.database == "sqlite" and cookiecutter.concurrency == "sync" %}
    # Connections of one process to read with, and no more; it has one to write with, as
    # SQLite has one writer at a time.
    # {% elif cookiecutter.database == "sqlite" %}
    # Connections of one process: so many to write with, so many to read with, and no
    # more.
    # {% else %}
    # Connections of one process: so many to write with, so many to read with, and no
    # more. `python -m app.database check` compares them with the server's limits.
    # {% endif %}
    # With 0, for functions that live for a request, none is kept: each use opens one and
    # closes it, POOL_SIZE at most at the same time.
    database_pool_size: int = Field(default=POOL_SIZE, ge=0, le=200)
    # How long a request waits for one of them.
    database_pool_timeout: float = Field(default=2, gt=0)
    # {% if cookiecutter.database == "sqlite" %}
    # How long a writer waits for the other writers before it gives up.
    database_busy_timeout: float = Field(default=5, gt=0)
    # {% else %}
    database_connect_timeout: int = Field(default=2, ge=1)
    database_statement_timeout: int = Field(default=5, ge=1)
    database_lock_timeout: int = Field(default=4, ge=1)
    # {% endif %}
    # How long a migration waits for another one to end.
    database_migration_lock_timeout: int = Field(default=300, ge=1)

    @field_validator("debug")
    @classmethod
    def _no_debugging_in_production(cls, value: bool, info: ValidationInfo) -> bool:
        if value and info.data.get("environment") == "production":
            raise ValueError("must be off in production")
        return value
    # {% if cookiecutter.database != "sqlite" %}

    @field_validator("database_url")
    @classmethod
    def _no_placeholder_in_production(cls, url: URL, info: ValidationInfo) -> URL:
        # No password at all is a choice: a socket, a certificate, a password file.
        production = info.data.get("environment") == "production"
        if production and url.password in PLACEHOLDERS:
            raise ValueError("needs a password of its own in production")
        return url
    # {% endif %}


class SettingsError(Exception):
    """The environment does not say, or says wrongly, how the service is to run."""


def load_settings() -> Settings:
    """Read the settings. Raises SettingsError, which names what is wrong but no value."""
    try:
        return Settings()
    except ValidationError as error:
        wrong = "; ".join(map(_describe, error.errors()))
        raise SettingsError(f"{wrong}. Set it in .env, see .env.example.") from None


def _describe(error: ErrorDetails) -> str:
    field = str(error["loc"][0])
    variable = url_variable() if field == "database_url" else f"APP_{field.upper()}"
    return f"{variable}: {error['msg']}"
