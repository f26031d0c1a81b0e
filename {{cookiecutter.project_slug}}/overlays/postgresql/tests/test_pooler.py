"""The settings for a pooler before the server."""

import sys
from pathlib import Path

import pytest

from app.database.__main__ import main
from app.database.administration.role_settings import role_settings
from app.database.direct import direct_settings, direct_url_variable
from app.settings import SettingsError, load_settings
from tests.environment import GOOD_URL, load_with

DIRECT_URL = f"{GOOD_URL}-itself"
NOWHERE = GOOD_URL.replace("@host/", "@127.0.0.1:1/")


def test_commands_go_round_a_pooler(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load_with(
        monkeypatch,
        GOOD_URL,
        DATABASE_POOLER="transaction",
        DATABASE_DIRECT_URL=DIRECT_URL,
    )

    direct = direct_settings(settings)

    assert direct.database_url == settings.database_direct_url
    assert direct.database_pooler == "none"
    assert direct_settings(direct) == direct


def test_commands_refuse_to_go_through_a_pooler(
    monkeypatch: pytest.MonkeyPatch, dotenv: Path
) -> None:
    settings = load_with(monkeypatch, GOOD_URL, DATABASE_POOLER="transaction")

    with pytest.raises(SettingsError, match="APP_DATABASE_DIRECT_URL is missing"):
        direct_settings(settings)


def test_without_a_pooler_there_is_one_way(
    monkeypatch: pytest.MonkeyPatch, dotenv: Path
) -> None:
    settings = load_with(monkeypatch, GOOD_URL)

    assert direct_settings(settings) is settings
    assert direct_url_variable() == "APP_DATABASE_URL"


def test_the_direct_url_of_a_hosting_platform_comes_last(
    monkeypatch: pytest.MonkeyPatch, dotenv: Path
) -> None:
    monkeypatch.setenv("APP_DATABASE_URL", GOOD_URL)
    monkeypatch.setenv("DATABASE_DIRECT_URL", DIRECT_URL)

    assert load_settings().database_direct_url is not None
    assert direct_url_variable() == "DATABASE_DIRECT_URL"

    monkeypatch.setenv("APP_DATABASE_DIRECT_URL", GOOD_URL)

    assert load_settings().database_direct_url == load_settings().database_url
    assert direct_url_variable() == "APP_DATABASE_DIRECT_URL"


def test_a_server_that_is_down_is_not_sought_at_the_pooler(
    monkeypatch: pytest.MonkeyPatch, dotenv: Path
) -> None:
    monkeypatch.setenv("APP_DATABASE_URL", GOOD_URL)
    monkeypatch.setenv("DATABASE_DIRECT_URL", NOWHERE)
    monkeypatch.setattr(sys, "argv", ["app.database", "create"])

    with pytest.raises(SystemExit) as refused:
        main()

    said = str(refused.value)
    assert len(said.splitlines()) == 1
    assert "APP_DATABASE_URL" not in said


def test_a_direct_url_that_is_wrong_is_refused(
    monkeypatch: pytest.MonkeyPatch, dotenv: Path
) -> None:
    with pytest.raises(SettingsError, match=r"APP_DATABASE_DIRECT_URL: .* look like"):
        load_with(monkeypatch, GOOD_URL, DATABASE_DIRECT_URL="nonsense")


def test_production_refuses_a_placeholder_in_the_direct_url(
    monkeypatch: pytest.MonkeyPatch, dotenv: Path
) -> None:
    url = DIRECT_URL.replace(":of-its-own@", ":change-me@")

    with pytest.raises(SettingsError, match=r"APP_DATABASE_DIRECT_URL: .* password"):
        load_with(
            monkeypatch, GOOD_URL, ENVIRONMENT="production", DATABASE_DIRECT_URL=url
        )


def test_options_that_a_pooler_would_lose_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    url = f"{GOOD_URL}?options=-c%20work_mem%3D8MB"

    with pytest.raises(SettingsError, match=r"APP_DATABASE_POOLER: .* the options"):
        load_with(monkeypatch, url, DATABASE_POOLER="transaction")


def test_the_settings_of_the_role_are_those_of_the_service(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = load_with(monkeypatch, GOOD_URL, DATABASE_LOCK_TIMEOUT="3")

    lines = role_settings(settings).splitlines()

    role = 'ALTER ROLE "user" IN DATABASE "database" SET'
    assert f"{role} lock_timeout = '3s';" in lines
    assert f"{role} timezone = 'UTC';" in lines
