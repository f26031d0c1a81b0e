"""Mails on their way: nobody waits for them, and none is lost without a word."""

import logging
from smtplib import SMTPDataError, SMTPRecipientsRefused
from threading import BoundedSemaphore, Event

import pytest
from starlette.testclient import TestClient

from app.mail import outbox
from app.mail.senders import ConsoleSender, Mail, SmtpSender, sender_for
from app.main import create_app
from app.settings import Settings
from tests.mailbox import Mailbox, with_server

MAIL = Mail("ann@example.com", "Hello", "A secret.")


class SlowSender:
    """Sends nothing until it may."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.may_send = Event()
        self.sent: list[Mail] = []
        monkeypatch.setattr(outbox, "sender_for", lambda _settings: self)

    def send(self, mail: Mail) -> None:
        assert self.may_send.wait(60)
        self.sent.append(mail)


class FailingSender:
    def __init__(self, error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
        self.error = error
        monkeypatch.setattr(outbox, "sender_for", lambda _settings: self)

    def send(self, mail: Mail) -> None:
        raise self.error


def test_nobody_waits_for_a_slow_server(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    sender = SlowSender(monkeypatch)
    outbox.post(settings, MAIL)
    assert sender.sent == []

    sender.may_send.set()
    outbox.close()

    assert sender.sent == [MAIL]


def test_a_full_outbox_takes_no_more(
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(outbox, "_permits", BoundedSemaphore(2))
    sender = SlowSender(monkeypatch)
    for _ in range(3):
        outbox.post(settings, MAIL)
    sender.may_send.set()
    outbox.close()

    assert sender.sent == [MAIL, MAIL]
    assert "A mail was not sent: 100 others wait." in caplog.text


def test_a_service_that_stops_drops_what_it_cannot_send(
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    sender = SlowSender(monkeypatch)
    for _ in range(outbox.THREADS + 3):
        outbox.post(settings, MAIL)
    with monkeypatch.context() as patch:
        patch.setattr(outbox, "CLOSING", 0.01)
        outbox.close()
    sender.may_send.set()
    outbox.close()

    assert sender.sent == [MAIL] * outbox.THREADS
    assert "3 mails were not sent: the service stops." in caplog.text


def test_a_service_that_stops_closes_the_outbox(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[bool] = []
    monkeypatch.setattr(outbox, "close", lambda: closed.append(True))

    with TestClient(create_app(settings)):
        assert closed == []

    assert closed == [True]


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (SMTPRecipientsRefused({MAIL.to: (550, b"no ann")}), "SMTPRecipientsRefused"),
        (SMTPDataError(554, "ann is away"), "SMTPDataError 554"),
        (ConnectionRefusedError(111, "ann@example.com"), "ConnectionRefusedError"),
    ],
)
def test_a_failure_is_logged_without_the_address(
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
    reason: str,
) -> None:
    FailingSender(error, monkeypatch)

    outbox.post(settings, MAIL)
    outbox.close()

    assert [record.getMessage() for record in caplog.records] == [
        f"A mail was not sent: {reason}."
    ]
    assert MAIL.to not in caplog.text


def test_after_a_failure_the_next_mail_is_sent(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    FailingSender(ConnectionRefusedError(), monkeypatch)
    for _ in range(3 * outbox.THREADS):
        outbox.post(settings, MAIL)
    outbox.close()
    mailbox = Mailbox.opened(monkeypatch)

    outbox.post(settings, MAIL)

    assert mailbox.take() == [MAIL]


def test_the_console_shows_the_mail(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)

    ConsoleSender().send(MAIL)

    assert "Mail to ann@example.com: Hello" in caplog.text
    assert "A secret." in caplog.text


def test_the_settings_say_what_sends_mails(settings: Settings) -> None:
    development = settings.model_copy(update={"environment": "development"})
    production = settings.model_copy(update={"environment": "production"})

    assert isinstance(sender_for(development), ConsoleSender)
    assert sender_for(production) is None
    assert isinstance(sender_for(with_server(development, 25)), SmtpSender)
