"""What the answers of ARCHITECTURE.md do; for a project that has them and ``invoices``."""

import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from app.database.database import Database
from app.errors import Unavailable
from app.invoices import rates, worker
from app.settings import Settings

from tests.api.test_invoices import API, sign_up
from tests.client import Client


class Rates(BaseHTTPRequestHandler):
    """Knows the rate of one currency."""

    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/rates/EUR" else 404)
        self.end_headers()
        self.wfile.write(b'{"rate": "1.25"}')


@contextmanager
def rates_served() -> Iterator[str]:
    """Serve the rates, and return their URL."""
    with HTTPServer(("127.0.0.1", 0), Rates) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


async def first_invoice(client: Client, database: Database) -> str:
    """Create a user with an invoice, and return its URL."""
    await database.transaction(sign_up, "ann", "A-1")
    page = await client.get(f"{API}/invoices")
    [invoice] = page.json()["items"]
    return f"{API}/invoices/{invoice['id']}"


async def test_an_endpoint_commits_by_itself(client: Client, database: Database) -> None:
    url = await first_invoice(client, database)

    deleted = await client.delete(url)
    again = await client.delete(url)

    assert (deleted.status_code, again.status_code) == (204, 404)
    assert again.json()["detail"].startswith("There is no invoice ")


async def test_what_is_sent_changes_unless_it_is_paid(client: Client, database: Database) -> None:
    url = await first_invoice(client, database)

    changed = await client.patch(url, json={"amount": "7.25"})
    same = await client.patch(url, json={})
    refused = await client.patch(url, json={"amount": None})
    await client.post(f"{url}/payment")
    late = await client.patch(url, json={"amount": "1.00"})
    read = await client.get(url)

    statuses = [each.status_code for each in (changed, same, refused, late)]
    assert statuses == [200, 200, 422, 409]
    assert changed.json()["amount"] == same.json()["amount"] == read.json()["amount"] == "7.25"


async def test_a_reminder_follows_the_answer_unless_it_is_paid(
    client: Client, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    url = await first_invoice(client, database)

    answer = await client.post(f"{url}/reminder")
    await client.post(f"{url}/payment")
    await client.post(f"{url}/reminder")

    assert answer.status_code == 202
    reminders = [each for each in caplog.records if each.levelno == logging.WARNING]
    assert [each.getMessage() for each in reminders] == ["Invoice A-1 of 9.50 is due."]


async def test_a_worker_reminds_of_all_that_is_unpaid(
    database: Database,
    settings: Settings,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(worker, "load_settings", lambda: settings)
    numbers = [f"A-{number}" for number in range(25)]  # more than a page
    for number in numbers:
        await database.transaction(sign_up, number.replace("-", "_"), number)

    await worker.main()

    reminders = [each.getMessage() for each in caplog.records if each.name.endswith("reminders")]
    assert reminders == [f"Invoice {number} of 9.50 is due." for number in numbers]


async def test_a_rate_is_fetched() -> None:
    with rates_served() as url:
        assert str(await rates.fetch_rate(url, "EUR")) == "1.25"


async def test_a_refusal_is_unavailable() -> None:
    with rates_served() as url, pytest.raises(Unavailable):
        await rates.fetch_rate(url, "XXX")


async def test_a_service_that_does_not_answer_is_unavailable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rates, "TIMEOUT", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(Unavailable):
            await rates.fetch_rate(url, "EUR")
