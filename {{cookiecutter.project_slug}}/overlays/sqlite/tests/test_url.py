"""What the database's URL may say."""

import pytest

from app.settings import SettingsError
from tests.environment import load_with


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:///file:other.db?uri=true",
        "sqlite:///file::memory:?uri=true&cache=shared",
        "sqlite:////database.db?mode=memory&uri=true",
        "sqlite:////database.db?timeout=60",
        "sqlite://host/database.db",
    ],
)
def test_a_url_says_nothing_but_its_path(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    with pytest.raises(SettingsError, match=r"APP_DATABASE_URL: .* path alone"):
        load_with(monkeypatch, url)


def test_a_database_in_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsError, match=r"APP_DATABASE_URL: .* path of a file"):
        load_with(monkeypatch, "sqlite:///:memory:")
