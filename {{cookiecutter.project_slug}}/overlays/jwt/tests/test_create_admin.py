"""``python -m app.users create-admin``: it asks for a password, and refuses in words."""

import sys

import pytest

from app.database.database import Database
from app.errors import Conflict
from app.settings import Settings
from app.users import __main__ as command
from app.users.schemas import UserCreate
from tests.api.test_sign_in import register
from tests.callers import PASSWORD, sign_in
from tests.client import Client

ARGUMENTS = ["create-admin", "ann", "ann@example.com"]
ANN = UserCreate.model_validate(
    {"username": "ann", "email": "ann@example.com", "password": PASSWORD}
)


def run(monkeypatch: pytest.MonkeyPatch, *answers: str, terminal: bool = True) -> None:
    """Run the command with answers to what it asks."""
    given = iter(answers)
    monkeypatch.setattr(sys, "argv", ["app.users", *ARGUMENTS])
    monkeypatch.setattr("sys.stdin.isatty", lambda: terminal)
    monkeypatch.setattr(command, "getpass", lambda _prompt: next(given))
    command.main()


async def test_an_admin_is_created_and_signs_in(
    visitor: Client, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "load_settings", lambda: settings)

    await command.create_admin(ANN)

    assert (await sign_in(visitor, "ann"))["scope"] == "user staff admin"


async def test_nobody_becomes_an_admin_who_is_there(
    visitor: Client,
    database: Database,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(command, "load_settings", lambda: settings)
    await register(visitor)

    with pytest.raises(Conflict, match="taken"):
        await command.create_admin(ANN)

    assert (await sign_in(visitor, "ann"))["scope"] == "user"


@pytest.mark.parametrize(
    ("answers", "terminal", "sentence"),
    [
        ((PASSWORD, "correct house"), True, "passwords differ"),
        (("short", "short"), True, "password cannot be used"),
        ((), False, "in a terminal"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch,
    answers: tuple[str, ...],
    terminal: bool,
    sentence: str,
) -> None:
    with pytest.raises(SystemExit, match=sentence) as refused:
        run(monkeypatch, *answers, terminal=terminal)

    assert len(str(refused.value).splitlines()) == 1
