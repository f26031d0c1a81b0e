"""Everything the environment may change, validated once at start."""

from typing import Annotated

from pydantic import BeforeValidator, Field, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

DRIVERNAME = "{{ cookiecutter.__scheme }}"
URL_EXAMPLE = f"{DRIVERNAME}://{{ '/database.db' if cookiecutter.database == 'sqlite' else 'user:password@host/database' }}"
BACKENDS = {{ cookiecutter._databases[cookiecutter.database].url_names | tojson }}


def parse_database_url(value: object) -> URL:
    """Give the URL with this service's driver, whichever driver it was written for.

    Raises ValueError for anything that is not the URL of a database of our kind.
    """
    try:
        url = value if isinstance(value, URL) else make_url(str(value))
    except ArgumentError as error:
        raise ValueError(f"must look like {URL_EXAMPLE}") from error
    # {% if cookiecutter.database == "sqlite" %}
    # Each connection would have a memory of its own.
    if url.get_backend_name() not in BACKENDS or url.database in (None, "", ":memory:"):
    # {% else %}
    if url.get_backend_name() not in BACKENDS or not url.database:
    # {% endif %}
        raise ValueError(f"must look like {URL_EXAMPLE}")
    return url.set(drivername=DRIVERNAME)


class Settings(BaseSettings):
    """Read from the environment (``APP_…``), then from the file ``.env``.

    Durations are in seconds.
    """

    model_config = SettingsConfigDict(
        env_file=".env",
        env_prefix="APP_",
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
        arbitrary_types_allowed=True,
    )

    database_url: Annotated[URL, NoDecode, BeforeValidator(parse_database_url)]
    database_echo: bool = False

    # Connections of one process: no more are ever opened. Keep
    # processes x pool size below the limit of the server.
    database_pool_size: int = Field(default={{ 5 if cookiecutter.concurrency == "async" else 10 }}, ge=1, le=200)
    database_pool_timeout: float = Field(default=3, gt=0)
    # {% if cookiecutter.database == "sqlite" %}
    # How long a writer waits for the other writers before it gives up.
    database_busy_timeout: float = Field(default=10, gt=0)
    # {% else %}
    database_connect_timeout: int = Field(default=3, ge=1)
    # {% if cookiecutter.database == "postgresql" %}
    database_statement_timeout: float = Field(default=10, gt=0)
    # {% endif %}
    database_lock_timeout: int = Field(default=5, ge=1)
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
    return f"APP_{str(error['loc'][0]).upper()}: {error['msg']}"
