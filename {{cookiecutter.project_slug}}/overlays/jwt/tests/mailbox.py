"""The mails that the service sends in tests."""

import re

import pytest
from pydantic import NameEmail

from app.mail import outbox
from app.mail.senders import Mail
from app.settings import Settings

TOKEN = re.compile(r"^ {4}([\w-]{43})$", re.MULTILINE)


class Mailbox:
    """Takes all mails in place of an SMTP server."""

    def __init__(self) -> None:
        self._mails: list[Mail] = []

    @classmethod
    def opened(cls, monkeypatch: pytest.MonkeyPatch) -> "Mailbox":
        """Return a mailbox that takes the mails of a test."""
        mailbox = cls()
        monkeypatch.setattr(outbox, "sender_for", lambda _settings: mailbox)
        return mailbox

    def send(self, mail: Mail) -> None:
        self._mails.append(mail)

    def take(self) -> list[Mail]:
        """Wait for the mails that are on their way, and take all out of the mailbox."""
        outbox.close()
        mails, self._mails = self._mails, []
        return mails

    def take_token(self) -> str:
        """Take the only mail out of the mailbox, and return its token."""
        [mail] = self.take()
        return token_in(mail)


def token_in(mail: Mail) -> str:
    """Return the token in a mail."""
    [token] = TOKEN.findall(mail.text)
    return str(token)


def with_server(settings: Settings, port: int, **others: object) -> Settings:
    """Return settings with an SMTP server of the tests."""
    sender = NameEmail("Müller & Söhne", "service@example.com")
    server = {
        "mail_host": "127.0.0.1",
        "mail_port": port,
        "mail_security": "none",
        "mail_from": sender,
        "mail_timeout": 5,
    }
    return settings.model_copy(update=server | others)
