"""What the environment may say, and what is refused at the start."""

import pytest

from app.settings import (
    DRIVERNAME,
    URL_EXAMPLE,
    Settings,
    SettingsError,
    load_settings,
)


def load_with(monkeypatch: pytest.MonkeyPatch, url: str) -> Settings:
    monkeypatch.setenv("APP_DATABASE_URL", url)
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
