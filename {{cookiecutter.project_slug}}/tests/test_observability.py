"""What the service tells of itself: ids, lines in the log, metrics."""

import json
import logging
# {% if cookiecutter.concurrency == "async" %}
from collections.abc import AsyncIterator, Iterator
# {% else %}
from collections.abc import Iterator
# {% endif %}
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from app.database.database import Database
from app.main import create_app
from app.observability.logs import JsonFormatter, TextFormatter
from app.settings import Settings, SettingsError
from app.users.models import User
from tests.client import Client, client_of
# {% if cookiecutter.auth != "none" %}
from tests.operator import operate
# {% endif %}

USERS = "/api/v1/users"
PRIVATE = "ann@example.com"


@pytest.fixture(scope="module")
def metrics_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the metrics: a process has one for its whole life."""
    return tmp_path_factory.mktemp("metrics")


@pytest.fixture
async def watched(
    settings: Settings, database: Database, metrics_folder: Path
) -> AsyncIterator[FastAPI]:
    """The service, which logs all requests, takes all statements for slow, and measures."""
    changes = {
        "access_log": True,
        "database_slow_query": 1e-9,
        "metrics_folder": metrics_folder,
    }
    app = create_app(settings.model_copy(update=changes))
    # {% if cookiecutter.auth != "none" %}
    operate(app)
    # {% endif %}
    yield app
    await app.state.database.dispose()


@pytest.fixture
def log() -> Iterator[StringIO]:
    """What the service logs, as in production."""
    stream = StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    logger = logging.getLogger("app")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield stream
    logger.removeHandler(handler)
    logger.setLevel(logging.NOTSET)


def lines_of(log: StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


async def test_a_request_keeps_the_id_that_its_client_sent(client: Client) -> None:
    answer = await client.get("/nowhere", headers={"X-Request-ID": "from-a.proxy_7"})

    assert answer.headers["X-Request-ID"] == "from-a.proxy_7"
    assert answer.json()["request_id"] == "from-a.proxy_7"


@pytest.mark.parametrize("sent", ["", "x" * 65, "a b", '"', "{}"])
async def test_an_id_that_is_long_or_may_do_harm_is_replaced(
    client: Client, sent: str
) -> None:
    answer = await client.get("/nowhere", headers={"X-Request-ID": sent})

    request_id = answer.headers["X-Request-ID"]
    assert request_id != sent
    assert answer.json()["request_id"] == request_id
    assert len(request_id) == 32


async def test_lines_have_the_route_and_the_costs_but_no_values(
    watched: FastAPI, log: StringIO
) -> None:
    answer = await client_of(watched).get(USERS, params={"search": PRIVATE})

    *statements, request = lines_of(log)
    assert (request["logger"], request["level"]) == ("app.access", "INFO")
    assert (request["method"], request["route"]) == ("GET", USERS)
    assert request["status"] == 200
    assert request["statements"] == len(statements) > 0
    assert 0 < request["database_ms"] <= request["duration_ms"]
    assert f"FROM {User.__tablename__}" in statements[-1]["statement"]
    for line in statements:
        assert (line["message"], line["level"]) == ("slow statement", "WARNING")
        assert line["route"] == USERS
        assert line["duration_ms"] > 0
    request_id = answer.headers["X-Request-ID"]
    assert {line["request_id"] for line in [*statements, request]} == {request_id}
    assert PRIVATE not in log.getvalue()


async def test_a_line_has_the_template_of_the_path(
    watched: FastAPI, log: StringIO
) -> None:
    client = client_of(watched)

    await client.head(f"{USERS}/2147483647")
    await client.get("/docs")
    await client.get(f"/{PRIVATE}")
    await client.get("/health/live")  # which is asked too often to be logged

    requests = [line for line in lines_of(log) if line["logger"] == "app.access"]
    assert [(line["method"], line["route"], line["status"]) for line in requests] == [
        ("HEAD", USERS + "/{user_id}", 404),
        ("GET", "/docs", 200),
        ("GET", None, 404),
    ]


async def test_a_fault_is_logged_also_where_other_requests_are_not(
    settings: Settings, log: StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = create_app(settings.model_copy(update={"access_log": False}))
    monkeypatch.setattr(app, "openapi", None)  # to call it is a fault

    with pytest.raises(TypeError):
        await client_of(app).get("/openapi.json")
    await client_of(app).get("/nowhere")

    [request] = lines_of(log)
    assert (request["route"], request["status"]) == ("/openapi.json", 500)
    assert request["level"] == "WARNING"


async def test_metrics_are_counted_by_route(watched: FastAPI) -> None:
    client = client_of(watched)

    for _ in range(2):
        await client.patch(USERS)
        await client.get(f"/{PRIVATE}")
    metrics = await client.get("/metrics")

    refused = f'method="PATCH",route="{USERS}",status="405"'
    assert "_count{" + refused + "} 2.0" in metrics.text
    assert "db_client_connection_in_use 0.0" in metrics.text
    assert PRIVATE not in metrics.text


def test_a_folder_that_cannot_be_written_to_is_refused(
    settings: Settings, tmp_path: Path
) -> None:
    file = tmp_path / "file"
    file.touch()

    with pytest.raises(SettingsError, match=r"^APP_METRICS_FOLDER: name a folder "):
        create_app(settings.model_copy(update={"metrics_folder": file}))


async def test_metrics_are_served_only_where_they_are_asked_for(
    client: Client,
) -> None:
    assert (await client.get("/metrics")).status_code == 404


def test_development_reads_text() -> None:
    line = logging.LogRecord("app", logging.INFO, "", 0, "paid %s", ("A-1",), None)
    line.fields = {"invoice": 7}

    assert TextFormatter().format(line).endswith("INFO    app: paid A-1 invoice=7")
