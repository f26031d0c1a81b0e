"""What the environment may say, and what is refused at the start."""

import pytest

from app.settings import (
    DRIVERNAME,
    URL_EXAMPLE,
    Settings,
    SettingsError,
    load_settings,
)

# {% if cookiecutter.database == "sqlite" %}
GOOD_URL = URL_EXAMPLE
# {% else %}
GOOD_URL = f"{DRIVERNAME}://user:of-its-own@host/database"
# {% endif %}


def load_with(monkeypatch: pytest.MonkeyPatch, url: str, **others: str) -> Settings:
    monkeypatch.setenv("APP_DATABASE_URL", url)
    for name, value in others.items():
        monkeypatch.setenv(f"APP_{name}", value)
    return load_settings()


def test_the_url_may_name_another_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = URL_EXAMPLE.replace(DRIVERNAME, DRIVERNAME.split("+")[0])

    assert load_with(monkeypatch, plain).database_url.drivername == DRIVERNAME


@pytest.mark.parametrize("url", ["", "nonsense", "oracle://user:s3cret@host/name"])
def test_another_database_is_refused_without_showing_the_url(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    with pytest.raises(SettingsError, match="APP_DATABASE_URL") as refusal:
        load_with(monkeypatch, url)

    assert "must look like" in str(refusal.value)
    assert "s3cret" not in str(refusal.value)


def test_production_refuses_to_debug(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsError, match=r"APP_DEBUG: .* off in production"):
        load_with(monkeypatch, GOOD_URL, ENVIRONMENT="production", DEBUG="true")
# {% if cookiecutter.database != "sqlite" %}


@pytest.mark.parametrize("password", ["", "change-me", "password"])
def test_production_refuses_placeholders(
    monkeypatch: pytest.MonkeyPatch, password: str
) -> None:
    url = f"{DRIVERNAME}://user:{password}@host/database"

    with pytest.raises(SettingsError, match=r"APP_DATABASE_URL: .* password"):
        load_with(monkeypatch, url, ENVIRONMENT="production")
# {% endif %}


def test_production_takes_a_password_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert load_with(monkeypatch, GOOD_URL, ENVIRONMENT="production").debug is False
