"""Mails by SMTP, received by a real server."""

import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage, Message
from typing import Any

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as Handler
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword
from pydantic import SecretStr

from app.mail.senders import Mail, SmtpSender
from app.settings import Settings
from tests.mailbox import with_server

MAIL = Mail("ann@example.com", "Grüße an Zoë", "Guten Tag, 山田さん!\n")
PASSWORD = "s3cret"


class Received(Handler):
    """What the server has received."""

    def __init__(self) -> None:
        super().__init__()
        self.mails: list[EmailMessage] = []
        self.recipients: list[str] = []

    def prepare_message(self, session: object, envelope: Envelope) -> Message:
        self.recipients += envelope.rcpt_tos
        content = envelope.content
        assert isinstance(content, bytes)
        return message_from_bytes(content, policy=policy.default)

    def handle_message(self, message: Message) -> None:
        assert isinstance(message, EmailMessage)
        self.mails.append(message)


@contextmanager
def receiving(**options: Any) -> Iterator[tuple[int, Received]]:
    """Run an SMTP server, and yield its port and what it has received."""
    received = Received()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = Controller(received, hostname="127.0.0.1", port=port, **options)
    server.start()
    try:
        yield port, received
    finally:
        server.stop()


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def server_context(authority: trustme.CA) -> ssl.SSLContext:
    """The certificate of a server."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


@pytest.fixture
def trusted(
    authority: trustme.CA, monkeypatch: pytest.MonkeyPatch
) -> Iterator[trustme.CA]:
    """The authority of the server's certificate, which the service trusts."""
    with authority.cert_pem.tempfile() as path:
        monkeypatch.setenv("SSL_CERT_FILE", path)
        yield authority


def authenticate(*arguments: Any) -> AuthResult:
    known = LoginPassword(b"service", PASSWORD.encode())
    return AuthResult(success=arguments[-1] == known, handled=False)


def test_a_mail_arrives_as_it_was_written(settings: Settings) -> None:
    with receiving() as (port, received):
        SmtpSender(with_server(settings, port)).send(MAIL)

    [mail] = received.mails
    assert received.recipients == ["ann@example.com"]
    assert mail["to"] == "ann@example.com"
    assert mail["from"].addresses[0].display_name == "Müller & Söhne"
    assert mail["from"].addresses[0].addr_spec == "service@example.com"
    assert mail["subject"] == "Grüße an Zoë"
    assert mail.get_content().splitlines() == ["Guten Tag, 山田さん!"]
    assert mail["date"].datetime
    assert mail["message-id"].endswith("@example.com>")
    assert mail["auto-submitted"] == "auto-generated"


def test_an_address_may_have_other_letters(settings: Settings) -> None:
    with receiving() as (port, received):
        SmtpSender(with_server(settings, port)).send(Mail("zoë@example.com", "a", "b"))

    assert received.recipients == ["zoë@example.com"]


@pytest.mark.parametrize(
    "mail",
    [
        Mail("ann@example.com\nBcc: eve@example.com", "a", "b"),
        Mail("ann@example.com", "a\r\nBcc: eve@example.com", "b"),
    ],
)
def test_a_header_has_one_line(settings: Settings, mail: Mail) -> None:
    with receiving() as (port, received), pytest.raises(ValueError, match="linefeed"):
        SmtpSender(with_server(settings, port)).send(mail)

    assert received.mails == []


# The server does not see that a connection is encrypted from its beginning.
@pytest.mark.filterwarnings("ignore:Requiring AUTH:UserWarning")
@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_server_may_want_a_password(
    settings: Settings,
    server_context: ssl.SSLContext,
    trusted: trustme.CA,
    security: str,
) -> None:
    encryption = {
        "starttls": {"tls_context": server_context, "require_starttls": True},
        "tls": {"ssl_context": server_context, "auth_require_tls": False},
    }
    options = {"auth_required": True, "authenticator": authenticate}
    account = {"mail_user": "service", "mail_password": SecretStr(PASSWORD)}
    with receiving(**encryption[security], **options) as (port, received):
        changed = with_server(settings, port, mail_security=security, **account)
        SmtpSender(changed).send(MAIL)
        wrong = changed.model_copy(update={"mail_password": SecretStr("wrong")})
        with pytest.raises(smtplib.SMTPAuthenticationError):
            SmtpSender(wrong).send(MAIL)

    assert len(received.mails) == 1


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_server_that_nobody_has_certified_gets_no_mail(
    settings: Settings, server_context: ssl.SSLContext, security: str
) -> None:
    option = {"starttls": "tls_context", "tls": "ssl_context"}[security]
    with receiving(**{option: server_context}) as (port, received):
        sender = SmtpSender(with_server(settings, port, mail_security=security))
        with pytest.raises(ssl.SSLCertVerificationError):
            sender.send(MAIL)

    assert received.mails == []


def test_a_mail_is_not_sent_in_the_clear_instead(settings: Settings) -> None:
    with receiving() as (port, received):
        sender = SmtpSender(with_server(settings, port, mail_security="starttls"))
        with pytest.raises(smtplib.SMTPNotSupportedError):
            sender.send(MAIL)

    assert received.mails == []


def test_a_server_that_does_not_answer_is_left(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with pytest.raises(OSError, match="timed out"):
            SmtpSender(with_server(settings, port, mail_timeout=0.1)).send(MAIL)
