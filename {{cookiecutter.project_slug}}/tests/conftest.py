"""A migrated test database, and a client of the service on it.

The test database has the name of the configured one with ``_test`` added. It is made
anew for each run, and is empty at the start of each test. Nothing is simulated: what
the service commits is committed.
"""

import os
# {% if cookiecutter.concurrency == "async" %}
from collections.abc import AsyncIterator, Iterator
# {% else %}
from collections.abc import Iterator
# {% endif %}
# {% if cookiecutter.database == "sqlite" %}
from pathlib import Path
# {% endif %}

import pytest
from alembic import command
from fastapi import FastAPI
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from app.database.lifecycle import alembic_config, ensure_database
from app.database.server import drop_database
from app.database.session import Database
from app.main import create_app
from app.models import metadata
from app.settings import Settings, load_settings
from app.users import passwords
from tests.client import Client, client_of


def settings_for(purpose: str) -> Settings:
    """Give the configured settings with a database of its own for a purpose."""
    settings = load_settings()
    suffix = f"{purpose}_test{os.environ.get('PYTEST_XDIST_WORKER', '')}"
    # {% if cookiecutter.database == "sqlite" %}
    path = Path(str(settings.database_url.database))
    name = str(path.with_stem(f"{path.stem}{suffix}"))
    # {% else %}
    name = f"{settings.database_url.database}{suffix}"
    # {% endif %}
    url = settings.database_url.set(database=name)
    return settings.model_copy(update={"database_url": url})


# {% if cookiecutter.concurrency == "async" %}
@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


# {% endif %}
@pytest.fixture(scope="session", autouse=True)
def cheap_passwords() -> Iterator[None]:
    """Hash passwords quickly: a tenth of a second each is most of what tests take."""
    cheapest = Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "hasher", PasswordHash([cheapest]))
        yield


@pytest.fixture(scope="session")
def settings() -> Settings:
    """The settings of the service under test."""
    return settings_for("")


@pytest.fixture(scope="session")
async def empty_database(settings: Settings) -> AsyncIterator[None]:
    """The test database, without a table."""
    await drop_database(settings)
    await ensure_database(settings)
    yield
    await drop_database(settings)


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
async def database(app: FastAPI) -> Database:
    """The database of the service, with no row in it."""
    database: Database = app.state.database
    async with database.session() as session:
        for table in reversed(metadata.sorted_tables):
            await session.execute(table.delete())
        await session.commit()
    return database


@pytest.fixture
def client(app: FastAPI, database: Database) -> Client:
    """A client of the service, whose database is empty."""
    return client_of(app)
