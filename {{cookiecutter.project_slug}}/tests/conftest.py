"""A migrated test database, and a client of the service on it.

The test database has the name of the configured one with ``_test_`` and a token of the
run added. It is made anew for each run, and is empty at the start of each test. Nothing
is simulated: what the service commits is committed.
"""

# {% if cookiecutter.concurrency == "async" %}
from collections.abc import AsyncIterator, Iterator
# {% else %}
from collections.abc import Iterator
# {% endif %}
from pathlib import Path

import pytest
from alembic import command
# {% if cookiecutter.concurrency == "sync" %}
from anyio.from_thread import start_blocking_portal
# {% endif %}
from fastapi import FastAPI
# {% if cookiecutter.auth != "oidc" %}
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
# {% endif %}

from app.database.administration.lifecycle import alembic_config
from app.database.database import Database
from app.main import create_app
from app.settings import Settings, UrlVariables
# {% if cookiecutter.auth != "oidc" %}
from app.users import passwords
# {% endif %}
from tests.client import Client, client_of
from tests.databases import empty, settings_for
# {% if cookiecutter.auth != "none" %}
from tests.operator import operating
# {% endif %}
from tests.server import first_database
# {% if cookiecutter.database == "postgresql" %}
from tests.server_choice import choose_server


def pytest_report_header() -> str:
    """Say which server the tests run on."""
    return f"database: {choose_server().description}"
# {% endif %}


# {% if cookiecutter.concurrency == "async" %}
@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


# {% else %}
@pytest.fixture(scope="session", autouse=True)
def one_event_loop() -> Iterator[None]:
    """Let all clients use one event loop: to start one takes longer than a request."""
    with start_blocking_portal() as portal, pytest.MonkeyPatch.context() as patch:
        patch.setattr(Client, "portal", portal)
        yield


# {% endif %}
# {% if cookiecutter.auth != "oidc" %}
@pytest.fixture(scope="session", autouse=True)
def cheap_passwords() -> Iterator[None]:
    """Hash passwords quickly: a tenth of a second each is most of what tests take."""
    cheapest = Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "hasher", PasswordHash([cheapest]))
        yield


# {% endif %}
@pytest.fixture(scope="session")
def settings() -> Settings:
    """The settings of the service under test."""
    return settings_for("")


@pytest.fixture(scope="session")
async def empty_database(settings: Settings) -> AsyncIterator[None]:
    """The test database, without a table."""
    async with first_database(settings):
        yield


@pytest.fixture(scope="session")
def migrated_database(settings: Settings, empty_database: None) -> None:
    """The test database, with the newest schema."""
    command.upgrade(alembic_config(settings), "head")


@pytest.fixture(scope="session")
async def app(settings: Settings, migrated_database: None) -> AsyncIterator[FastAPI]:
    """The service on the test database."""
    app = create_app(settings)
    yield app
    await app.state.database.dispose()


@pytest.fixture
async def database(app: FastAPI, settings: Settings) -> Database:
    """The database of the service, with no row in it."""
    database: Database = app.state.database
    await empty(database, settings)
    # {% if cookiecutter.auth == "oidc" %}
    app.state.known_users.clear()
    # {% endif %}
    return database


# {% if cookiecutter.auth != "none" %}
@pytest.fixture
def client(app: FastAPI, database: Database) -> Iterator[Client]:
    """A client of the service, who may do everything; its database is empty."""
    with operating(app):
        yield client_of(app)


@pytest.fixture
def visitor(app: FastAPI, database: Database) -> Client:
    """A client of the service who is not signed in; its database is empty."""
    return client_of(app)
# {% else %}
@pytest.fixture
def client(app: FastAPI, database: Database) -> Client:
    """A client of the service, whose database is empty."""
    return client_of(app)
# {% endif %}


@pytest.fixture
def dotenv(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The file that stands for the project's ``.env``; no variable names a database."""
    file = tmp_path / ".env"
    for model in (Settings, UrlVariables):
        monkeypatch.setitem(model.model_config, "env_file", file)
    for name in UrlVariables.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    return file
