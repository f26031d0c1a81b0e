"""Which server the tests run on: the configured one, or else a private one.

The configured one is taken where it answers and lets the tests in. A private one takes
its place on the machine of a developer; where CI is set, that is an error, since a run
that was to try a certain server must not pass without it.
"""

# {% if cookiecutter.concurrency == "async" %}
import asyncio
# {% endif %}
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.database.administration.programs import NoServer, find_programs
from app.database.direct import direct_settings, direct_url_variable
from app.database.engine import create_maintenance_engine
from app.settings import Settings, SettingsError, load_settings
from tests import NOWHERE, private_server


@dataclass(frozen=True)
class Choice:
    """A server for the tests, and the name of a database that is or could be on it."""

    description: str
    is_private: bool
    database: str


def load_settings_for_tests() -> Settings:
    """Read the settings, and name a server in them that answers."""
    choice = choose_server()
    with _told_at_the_end():
        if choice.is_private:
            url = f"{private_server.start()}/{choice.database}"
            os.environ["APP_DATABASE_URL"] = url
            os.environ["APP_DATABASE_DIRECT_URL"] = url
        return direct_settings(load_settings())


@cache
def choose_server() -> Choice:
    """Choose the server; ends the run where there is none, or not the one of CI."""
    with _told_at_the_end():
        return _choose()


@contextmanager
def _told_at_the_end() -> Iterator[None]:
    """End the run of the tests in one sentence, where it has no server."""
    try:
        yield
    except (NoServer, SettingsError) as error:
        pytest.exit(str(error), returncode=1)


def _choose() -> Choice:
    settings = direct_settings(load_settings())
    name = str(settings.database_url.database)
    if os.environ.get("APP_DATABASE_URL") == NOWHERE:
        return _choose_private(name, "none is configured")
    try:
        # {% if cookiecutter.concurrency == "async" %}
        version = asyncio.run(_version_of(settings))
        # {% else %}
        version = _version_of(settings)
        # {% endif %}
    except (DBAPIError, OSError) as error:
        return _choose_private(name, _reason(settings, error))
    place = _place(settings)
    return Choice(f"PostgreSQL {version} at {place}, as configured", False, name)


def _choose_private(database: str, reason: str) -> Choice:
    programs = find_programs()
    origin = f"PostgreSQL {programs.version}, private, from {programs.origin}"
    return Choice(f"{origin}; {reason}", True, database)


def _reason(settings: Settings, error: Exception) -> str:
    [said, *_] = str(getattr(error, "orig", None) or error).splitlines()
    reason = f"{_place(settings)} cannot be used: {said}"
    if os.environ.get("CI"):
        raise NoServer(f"The server of {direct_url_variable()} at {reason}.")
    return reason


def _place(settings: Settings) -> str:
    url = settings.database_url
    return f"{url.host}:{url.port or 5432}"


async def _version_of(settings: Settings) -> str:
    """Ask the server for its version, which it tells to those whom it lets in."""
    try:
        return await _version_in(settings)
    except DBAPIError:
        # The configured database may not have been made yet.
        url = settings.database_url.set(database="postgres")
        maintenance = settings.model_copy(update={"database_url": url})
        return await _version_in(maintenance)


async def _version_in(settings: Settings) -> str:
    engine = create_maintenance_engine(settings)
    try:
        async with engine.connect() as connection:
            version = await connection.scalar(text("SHOW server_version"))
            return str(version).split()[0]
    finally:
        await engine.dispose()
