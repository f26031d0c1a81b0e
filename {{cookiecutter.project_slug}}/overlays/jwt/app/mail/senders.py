"""What sends mails: an SMTP server or, for a developer, the console."""

import logging
import smtplib
import ssl
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import Protocol

from app.settings import Settings

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Mail:
    """A mail in plain text to one address."""

    to: str
    subject: str
    text: str


class Sender(Protocol):
    """What can send a mail. It may take seconds, and fail with any exception."""

    def send(self, mail: Mail) -> None: ...


class ConsoleSender:
    """Logs mails instead of sending them, with their tokens: for development."""

    def send(self, mail: Mail) -> None:
        """Log a mail."""
        logger.warning("Mail to %s: %s\n\n%s", mail.to, mail.subject, mail.text)


class SmtpSender:
    """Sends mails by the SMTP server of the settings, each by a connection of its own."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def send(self, mail: Mail) -> None:
        """Send a mail. Raises OSError, of which smtplib's errors are a kind."""
        message = self._message_of(mail)
        with self._connect() as server:
            self._prepare(server)
            server.send_message(message, to_addrs=[mail.to])

    def _connect(self) -> smtplib.SMTP:
        settings = self._settings
        host, port = str(settings.mail_host), settings.mail_port
        timeout = settings.mail_timeout
        if settings.mail_security == "tls":
            context = ssl.create_default_context()
            return smtplib.SMTP_SSL(host, port, timeout=timeout, context=context)
        return smtplib.SMTP(host, port, timeout=timeout)

    def _prepare(self, server: smtplib.SMTP) -> None:
        """Encrypt the connection and sign in, as far as the settings say so."""
        settings = self._settings
        if settings.mail_security == "starttls":
            server.starttls(context=ssl.create_default_context())
        if settings.mail_user and settings.mail_password:
            password = settings.mail_password.get_secret_value()
            server.login(settings.mail_user, password)

    def _message_of(self, mail: Mail) -> EmailMessage:
        """Return the message. Raises ValueError where a header has more than one line."""
        sender = self._settings.mail_from
        if sender is None:
            raise ValueError("APP_MAIL_FROM is not set")
        message = EmailMessage()
        message["From"] = Address(sender.name, addr_spec=sender.email)
        message["To"] = mail.to
        message["Subject"] = mail.subject
        message["Date"] = formatdate()
        message["Message-ID"] = make_msgid(domain=sender.email.partition("@")[2])
        # Keeps mailboxes from answering that somebody is on holiday:
        # https://www.rfc-editor.org/rfc/rfc3834#section-5
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(mail.text)
        return message


def sender_for(settings: Settings) -> Sender | None:
    """Return what sends mails, or None where nothing may: see `mail_host`."""
    if settings.mail_host:
        return SmtpSender(settings)
    return ConsoleSender() if settings.environment == "development" else None
