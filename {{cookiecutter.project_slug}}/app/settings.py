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
from sqlalchemy import URL
from sqlalchemy.exc import ArgumentError

# {% if cookiecutter.auth != "none" %}
from app.auth.settings import AuthSettings
# {% endif %}
from app.database.url import normalize_url, parse_url

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
    return normalize_url(_parse_url(value))


# {% if cookiecutter.database == "postgresql" %}
def parse_direct_url(value: object) -> URL | None:
    """Return what `parse_database_url` does, or None for no text."""
    return parse_database_url(value) if value else None


def parse_replica_url(value: object) -> URL | None:
    """Return the URL of a standby, or None for no text; see `parse_database_url`."""
    return normalize_url(_parse_url(value), "standby") if value else None


# {% endif %}
def _parse_url(value: object) -> URL:
    try:
        url = value if isinstance(value, URL) else parse_url(str(value))
    except (ArgumentError, ValueError) as error:
        raise ValueError(f"must look like {URL_EXAMPLE}") from error
    if url.get_backend_name() not in BACKENDS or not url.database:
        raise ValueError(f"must look like {URL_EXAMPLE}")
    return url.set(drivername=DRIVERNAME)


class UrlVariables(BaseSettings):
    """The variables that may hold a URL, without APP_ as hosting platforms name them."""

    model_config = SettingsConfigDict(env_file=PROJECT / ".env", extra="ignore")

    app_database_url: str | None = None
    database_url: str | None = None
    # {% if cookiecutter.database == "postgresql" %}
    app_database_direct_url: str | None = None
    database_direct_url: str | None = None
    app_database_read_url: str | None = None
    database_read_url: str | None = None
    # {% endif %}


def url_variable(field: str = "database_url") -> str:
    """Return the name of the variable that the URL of a field is read from.

    Ours has precedence wherever it is set: a variable that another project left in the
    environment must not lead to that project's database.
    """
    variables = UrlVariables().model_dump()
    if variables[f"app_{field}"] is None and variables[field] is not None:
        return field.upper()
    return f"APP_{field.upper()}"


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

    # A line in the log for each request; those that the service failed to answer have one
    # anyway. It makes requests for one row a seventh slower.
    access_log: bool = False
    # A folder for the metrics of this service alone; with it, /metrics serves them.
    metrics_folder: Path | None = None

    # A request that has no answer by then gets a 503. Longer than any of the waits
    # below, and shorter than clients and proxies are patient.
    request_timeout: float = Field(default=8, gt=0)
    request_body_limit: int = Field(default=1_048_576, ge=0)  # bytes
    # Which web pages of other origins may call, as JSON: ["https://app.example.com"].
    cors_origins: tuple[str, ...] = ()

    database_url: Annotated[URL, NoDecode, BeforeValidator(parse_database_url)] = Field(
        default_factory=_hosted_database_url, validate_default=True
    )
    # {% if cookiecutter.database == "postgresql" %}
    # How long a transaction may do nothing, before the server ends it.
    database_idle_timeout: int = Field(default=10, ge=1)
    # "transaction" where the URL leads to a pooler in that mode, such as PgBouncer.
    database_pooler: Literal["none", "transaction"] = "none"
    # The URL of the server itself, for what goes round the pooler, such as migrations.
    database_direct_url: Annotated[
        URL | None, NoDecode, BeforeValidator(parse_direct_url)
    ] = Field(
        default_factory=lambda: UrlVariables().database_direct_url,
        validate_default=True,
    )
    # A replica to read from, see "A replica" in README.md.
    database_read_url: Annotated[
        URL | None, NoDecode, BeforeValidator(parse_replica_url)
    ] = Field(
        default_factory=lambda: UrlVariables().database_read_url, validate_default=True
    )
    # {% endif %}
    database_echo: bool = False  # log every statement
    # Statements that take longer are logged, without their values.
    database_slow_query: float = Field(default=0.5, gt=0)

    # {% if cookiecutter.database == "sqlite" and cookiecutter.concurrency == "sync" %}
    # Connections of one process to read with, and no more; it has one to write with, as
    # SQLite has one writer at a time.
    # {% else %}
    # Connections of one process: so many to write with, so many to read with, and no
    # more.
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
    # {% if cookiecutter.database == "postgresql" %}

    @field_validator("database_pooler")
    @classmethod
    def _no_options_through_a_pooler(cls, value: str, info: ValidationInfo) -> str:
        url = info.data.get("database_url")
        if value != "none" and url is not None and "options" in url.query:
            raise ValueError(
                "the pooler would lose the options in the query of the database's URL; "
                "set them for the role, by ALTER ROLE"
            )
        return value

    @field_validator("database_url", "database_direct_url", "database_read_url")
    # {% elif cookiecutter.database == "mysql" %}

    @field_validator("database_url")
    # {% endif %}
    # {% if cookiecutter.database != "sqlite" %}
    @classmethod
    def _no_placeholder_in_production(
        cls, url: URL | None, info: ValidationInfo
    ) -> URL | None:
        # No password at all is a choice: a socket, a certificate, a password file.
        production = info.data.get("environment") == "production"
        if production and url and url.password in PLACEHOLDERS:
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
    is_url = field in UrlVariables.model_fields
    variable = url_variable(field) if is_url else f"APP_{field.upper()}"
    return f"{variable}: {error['msg']}"
