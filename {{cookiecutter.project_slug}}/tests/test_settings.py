"""What the environment may say, and what is refused at the start."""

from pathlib import Path

import pytest
# {% if cookiecutter.database != "sqlite" %}
from sqlalchemy import URL
# {% endif %}

from app.database.administration.errors import NoDatabase
from app.database.administration.lifecycle import ensure_database
from app.settings import DRIVERNAME, SettingsError, load_settings
from tests.environment import GOOD_URL, load_with


# {% if cookiecutter.database == "sqlite" %}
@pytest.mark.parametrize("scheme", ["sqlite", "sqlite+other"])
# {% elif cookiecutter.database == "postgresql" %}
@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+other"])
# {% else %}
@pytest.mark.parametrize("scheme", ["mysql", "mysql2", "mariadb", "mysql+other"])
# {% endif %}
def test_the_url_may_name_another_driver(
    monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    url = GOOD_URL.replace(DRIVERNAME, scheme)

    assert load_with(monkeypatch, url).database_url.drivername == DRIVERNAME


@pytest.mark.parametrize(
    ("variables", "lines", "expected"),
    [
        (["DATABASE_URL"], [], "DATABASE_URL"),
        ([], ["DATABASE_URL"], "DATABASE_URL"),
        (["APP_DATABASE_URL", "DATABASE_URL"], [], "APP_DATABASE_URL"),
        # What another project left in the environment is not our database.
        (["DATABASE_URL"], ["APP_DATABASE_URL"], "APP_DATABASE_URL"),
    ],
)
def test_the_url_of_a_hosting_platform_comes_last(
    monkeypatch: pytest.MonkeyPatch,
    dotenv: Path,
    variables: list[str],
    lines: list[str],
    expected: str,
) -> None:
    text = "".join(f"{name}={GOOD_URL}-{name}\n" for name in lines)
    dotenv.write_text(text, encoding="utf-8")
    for name in variables:
        monkeypatch.setenv(name, f"{GOOD_URL}-{name}")

    assert str(load_settings().database_url.database).endswith(f"-{expected}")


def test_a_refusal_names_the_variable_that_was_read(
    monkeypatch: pytest.MonkeyPatch, dotenv: Path
) -> None:
    monkeypatch.setenv("DATABASE_URL", "nonsense")

    with pytest.raises(SettingsError, match=r"^DATABASE_URL: "):
        load_settings()


async def test_commands_name_the_variable_that_was_read(
    monkeypatch: pytest.MonkeyPatch, dotenv: Path
) -> None:
    monkeypatch.setenv("DATABASE_URL", GOOD_URL.replace("/database", f"/{'x' * 300}"))

    with pytest.raises(NoDatabase, match=r" in DATABASE_URL\."):
        await ensure_database(load_settings())


# {% if cookiecutter.database == "sqlite" %}
@pytest.mark.parametrize("url", ["", "nonsense", "oracle://user:s3cret@host/name"])
# {% else %}
@pytest.mark.parametrize(
    "url",
    [
        "",
        "nonsense",
        "oracle://user:s3cret@host/name",
        f"{DRIVERNAME}://user:s3cret@host",
        f"{DRIVERNAME}://user:s3cret",  # as a host and its port
    ],
)
# {% endif %}
def test_another_database_is_refused_without_showing_the_url(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    with pytest.raises(SettingsError, match="APP_DATABASE_URL") as refusal:
        load_with(monkeypatch, url)

    assert "must look like" in str(refusal.value)
    assert "s3cret" not in str(refusal.value)
# {% if cookiecutter.database != "sqlite" %}


def test_a_password_may_be_of_any_letters(monkeypatch: pytest.MonkeyPatch) -> None:
    password = "p@s/s:w?o&r=d,#%"
    url = URL.create("{{ cookiecutter.database }}", "user", password, "host", database="db")

    settings = load_with(monkeypatch, url.render_as_string(hide_password=False))

    assert settings.database_url.password == password
# {% endif %}


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
