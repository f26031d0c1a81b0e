"""Where reads go with a replica, which here is the primary under another name.

It says of itself that it is a standby, and how far it is.
"""

# {% if cookiecutter.concurrency == "async" %}
import asyncio
from collections.abc import AsyncIterator, Callable
# {% else %}
import time
from collections.abc import Callable, Iterator
# {% endif %}
from pathlib import Path

import pytest
from fastapi import FastAPI, Response
from sqlalchemy import func, select, text

from app.database import replica
from app.database.database import Database
from app.database.positions import (
    CLIENT,
    UNKNOWN,
    ClientPosition,
    format_position,
    parse_position,
    primary_only,
)
from app.database.replicated import replica_state
from app.http.dependencies import DatabaseDep
from app.http.positions import HEADER
from app.main import create_app
from app.settings import Settings, SettingsError, load_settings
from tests.client import Client, client_of
from tests.environment import GOOD_URL, load_with
# {% if cookiecutter.auth != "none" %}
from tests.operator import operate
# {% endif %}

WRITTEN = text("SELECT CAST(pg_current_wal_insert_lsn() AS text)")
BEHIND = text("SELECT '0/1'")
FIRST, LAST = 1, parse_position("FFFFFFFF/FFFFFFFF")
AWAY = "The replica is away"
NAME = select(func.current_setting("application_name"))
# {% if cookiecutter.auth == "oidc" %}
ANN = {"username": "ann", "email": "ann@example.com"}
# {% else %}
ANN = {"username": "ann", "email": "ann@example.com", "password": "correct horse"}
# {% endif %}
CHECKS = 500  # of a condition, one in 10 ms


@pytest.fixture
def up_to_date(monkeypatch: pytest.MonkeyPatch) -> None:
    """The replica says that it has replayed everything."""
    monkeypatch.setattr(replica, "REPLAYED", WRITTEN)


@pytest.fixture
async def replicated(settings: Settings, database: Database) -> AsyncIterator[FastAPI]:
    """The service, with a replica that is named so."""
    url = settings.database_url.update_query_dict({"application_name": "replica"})
    app = create_app(settings.model_copy(update={"database_read_url": url}))
    # {% if cookiecutter.auth != "none" %}
    operate(app)
    # {% endif %}
    yield app
    await app.state.database.dispose()


@pytest.fixture
async def serving(up_to_date: None, replicated: FastAPI) -> FastAPI:
    """The service, with a replica that serves."""
    database = replicated.state.database
    await eventually(lambda: replica_state(database) == "serving")
    return replicated


async def eventually(condition: Callable[[], bool]) -> None:
    for _ in range(CHECKS):
        if condition():
            return
        # {% if cookiecutter.concurrency == "async" %}
        await asyncio.sleep(0.01)
        # {% else %}
        time.sleep(0.01)
        # {% endif %}
    pytest.fail("the condition was not met")


async def is_served_by_replica(app: FastAPI, position: int | None) -> bool:
    """Return whether a client with a position reads from the replica."""
    token = CLIENT.set(ClientPosition(position))
    try:
        [[name]] = await app.state.database.fetch_rows(NAME)
    finally:
        CLIENT.reset(token)
    return str(name) == "replica"


@pytest.mark.parametrize(
    ("position", "expected"),
    [(None, False), (UNKNOWN, False), (FIRST, True), (LAST, False)],
)
async def test_the_replica_serves_clients_whose_position_it_has(
    serving: FastAPI, position: int | None, expected: bool
) -> None:
    assert await is_served_by_replica(serving, position) is expected


async def test_the_primary_serves_what_must_be_new(serving: FastAPI) -> None:
    with primary_only():
        assert not await is_served_by_replica(serving, FIRST)


async def test_the_primary_serves_outside_of_requests(serving: FastAPI) -> None:
    [[name]] = await serving.state.database.fetch_rows(NAME)

    assert name != "replica"


async def test_an_error_of_the_replica_is_not_one_of_the_service(
    monkeypatch: pytest.MonkeyPatch, serving: FastAPI
) -> None:
    monkeypatch.setattr(replica, "REPLAYED", text("SELECT no_such_function()"))

    assert not await is_served_by_replica(serving, FIRST)


async def test_a_server_that_is_no_standby_is_not_read_from(
    replicated: FastAPI, caplog: pytest.LogCaptureFixture
) -> None:
    database = replicated.state.database

    await eventually(lambda: replica_state(database) == "away" and AWAY in caplog.text)
    assert not await is_served_by_replica(replicated, FIRST)


async def test_a_service_without_its_replica_serves(
    settings: Settings, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    url = settings.database_url.set(host="127.0.0.1", port=1, query={})
    app = create_app(settings.model_copy(update={"database_read_url": url}))
    # {% if cookiecutter.auth != "none" %}
    operate(app)
    # {% endif %}
    client = client_of(app)
    client.headers[HEADER] = format_position(FIRST)

    assert (await client.get("/api/v1/users")).status_code == 200
    await eventually(lambda: AWAY in caplog.text)
    ready = await client.get("/health/ready")
    assert (ready.status_code, ready.json()["replica"]) == (200, "away")
    assert (await client.get("/api/v1/users")).status_code == 200
    await app.state.database.dispose()


async def test_without_a_replica_there_is_no_position(client: Client) -> None:
    response = await client.post("/api/v1/users", json=ANN)

    assert response.status_code == 201
    assert HEADER not in response.headers
    assert "set-cookie" not in response.headers
    assert "replica" not in (await client.get("/health/ready")).json()


async def test_readers_get_a_position_once_they_have_kept_one(
    serving: FastAPI,
) -> None:
    client = client_of(serving)

    positions = [await position_after_reading(client) for _ in range(3)]

    assert positions[0] == format_position(UNKNOWN)
    assert parse_position(positions[1])
    assert positions[2] == ""


async def position_after_reading(client: Client) -> str:
    response = await client.get("/api/v1/users")
    assert response.status_code == 200
    return str(response.headers.get(HEADER, ""))


async def test_writers_read_from_the_primary_while_the_replica_is_behind(
    monkeypatch: pytest.MonkeyPatch, serving: FastAPI
) -> None:
    monkeypatch.setattr(replica, "REPLAYED", BEHIND)
    writer = client_of(serving)

    created = await writer.post("/api/v1/users", json=ANN)

    position = parse_position(created.headers[HEADER])
    assert position
    assert created.cookies["position"] == created.headers[HEADER]
    assert created.headers["cache-control"] == "no-store"
    assert not await is_served_by_replica(serving, position)
    assert await is_served_by_replica(serving, FIRST)


async def test_pages_of_other_origins_see_the_position(settings: Settings) -> None:
    page = "https://app.example.com"
    named = {"cors_origins": (page,), "database_read_url": settings.database_url}
    app = create_app(settings.model_copy(update=named))

    called = await client_of(app).get("/health/live", headers={"Origin": page})

    assert HEADER in called.headers["access-control-expose-headers"].split(", ")
    await app.state.database.dispose()


async def test_clients_look_at_the_primary_after_a_write_that_failed(
    serving: FastAPI,
) -> None:
    writer = client_of(serving)
    await writer.post("/api/v1/users", json=ANN)

    refused = await writer.post("/api/v1/users", json=ANN)

    assert refused.status_code == 409
    assert refused.headers[HEADER] == format_position(UNKNOWN)


@pytest.mark.parametrize(
    "path", ["/health/ready", "/health/live", "/docs", "/api/v1/no-such-path"]
)
async def test_answers_without_data_have_no_position(
    serving: FastAPI, path: str
) -> None:
    assert HEADER not in (await client_of(serving).get(path)).headers


async def test_answers_that_caches_may_keep_have_no_position(serving: FastAPI) -> None:
    @serving.get("/public")
    async def read(database: DatabaseDep, response: Response) -> None:
        response.headers["Cache-Control"] = "public, max-age=60"
        await database.fetch_rows(NAME)

    response = await client_of(serving).get("/public")

    assert response.status_code == 200
    assert HEADER not in response.headers
    assert response.headers["cache-control"] == "public, max-age=60"


@pytest.mark.parametrize("text", ["0/0", "0/16B3748", "1/0", "FFFFFFFF/FFFFFFFF"])
def test_a_position_is_written_as_the_database_writes_it(text: str) -> None:
    position = parse_position(text)

    assert position is not None
    assert format_position(position) == text


@pytest.mark.parametrize(
    "text",
    ["", "0", "/", "0/0/0", "-1/1", "1/ 1", "1/1\n", "0x1/1", "g/1", "123456789/1"],
)
def test_another_text_is_no_position(text: str) -> None:
    assert parse_position(text) is None


def test_several_hosts_of_a_replica_are_asked_for_a_standby(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    url = GOOD_URL.replace("@host", "@h1,h2")

    read_url = load_with(monkeypatch, GOOD_URL, DATABASE_READ_URL=url).database_read_url

    assert read_url is not None
    assert read_url.query["target_session_attrs"] == "standby"


def test_no_text_is_no_replica(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load_with(monkeypatch, GOOD_URL, DATABASE_READ_URL="")

    assert settings.database_read_url is None


def test_the_url_of_a_hosting_platform_is_read(
    monkeypatch: pytest.MonkeyPatch, dotenv: Path
) -> None:
    dotenv.write_text(f"DATABASE_URL={GOOD_URL}\n", encoding="utf-8")
    monkeypatch.setenv("DATABASE_READ_URL", f"{GOOD_URL}_read")

    assert str(load_settings().database_read_url).endswith("_read")


def test_a_refusal_names_the_variable_of_the_replica(
    monkeypatch: pytest.MonkeyPatch, dotenv: Path
) -> None:
    monkeypatch.setenv("DATABASE_URL", GOOD_URL)
    monkeypatch.setenv("DATABASE_READ_URL", "nonsense")

    with pytest.raises(SettingsError, match=r"^DATABASE_READ_URL: "):
        load_settings()


def test_production_refuses_a_placeholder_for_the_replica(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    url = GOOD_URL.replace(":of-its-own@", ":change-me@")

    with pytest.raises(SettingsError, match=r"APP_DATABASE_READ_URL: .* password"):
        load_with(
            monkeypatch, GOOD_URL, ENVIRONMENT="production", DATABASE_READ_URL=url
        )
