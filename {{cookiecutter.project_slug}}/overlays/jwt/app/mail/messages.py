"""The mails that users get: edit their texts here.

They have the username and not the full name, because anybody can register somebody
else's address, and would choose what we write there.
"""

from dataclasses import dataclass

from app.auth.settings import SERVICE
from app.mail.models import Purpose
from app.mail.senders import Mail
from app.settings import Settings


@dataclass(frozen=True)
class Message:
    """The text of a mail, and the route for its token where there is no page for it."""

    subject: str
    text: str
    route: str


MESSAGES = {
    Purpose.VERIFY: Message(
        subject=f"{SERVICE}: verify your e-mail address",
        text="""\
Hello {name},

somebody, hopefully you, uses this e-mail address at {service}. To verify that it is
yours, {instruction}

This is valid for {duration}, and once. If it was not you, ignore this mail.
""",
        route="POST /api/v1/auth/verification/confirm",
    ),
    Purpose.RESET: Message(
        subject=f"{SERVICE}: set a new password",
        text="""\
Hello {name},

somebody, hopefully you, wants to set a new password for your account at {service}. To
do so, {instruction}

This is valid for {duration}, and once. If it was not you, ignore this mail: your password
stays as it is.
""",
        route="POST /api/v1/auth/password-reset/confirm",
    ),
}


CHANGED = """\
Hello {name},

your account at {service} has another e-mail address now, and this one will get no more
mails. If it was not you who changed it, get in touch with us.
"""


def write_notice(name: str, email: str) -> Mail:
    """Return the mail to the former address of a user who has another one."""
    text = CHANGED.format(name=name, service=SERVICE)
    return Mail(email, f"{SERVICE}: your e-mail address was changed", text)


def write_mail(
    settings: Settings, purpose: Purpose, name: str, email: str, token: str
) -> Mail:
    """Return the mail that brings a token to a user."""
    message = MESSAGES[purpose]
    text = message.text.format(
        name=name,
        service=SERVICE,
        instruction=_instruction(message, url_for(settings, purpose), token),
        duration=_duration(lifetime_of(settings, purpose)),
    )
    return Mail(email, message.subject, text)


def url_for(settings: Settings, purpose: Purpose) -> str | None:
    """Return the URL of the page for a token, or None where there is none."""
    if purpose is Purpose.VERIFY:
        return settings.auth_verification_url
    return settings.auth_reset_url


def lifetime_of(settings: Settings, purpose: Purpose) -> int:
    """Return for how many seconds a token is valid."""
    if purpose is Purpose.VERIFY:
        return settings.auth_verification_lifetime
    return settings.auth_reset_lifetime


def _instruction(message: Message, url: str | None, token: str) -> str:
    if url is None:
        return f"send this token to {message.route}:\n\n    {token}"
    return f"open this page:\n\n    {url.replace('{token}', token)}"


def _duration(seconds: int) -> str:
    minutes = seconds // 60
    return f"{minutes // 60} hours" if minutes >= 120 else f"{minutes} minutes"
