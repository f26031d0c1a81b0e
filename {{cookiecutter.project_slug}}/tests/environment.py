"""Settings that are read from an environment of the test's own."""

import pytest

from app.settings import URL_EXAMPLE, Settings, load_settings

# {% if cookiecutter.database == "sqlite" %}
GOOD_URL = URL_EXAMPLE
# {% else %}
GOOD_URL = URL_EXAMPLE.replace(":password@", ":of-its-own@")
# {% endif %}


def load_with(monkeypatch: pytest.MonkeyPatch, url: str, **others: str) -> Settings:
    monkeypatch.setenv("APP_DATABASE_URL", url)
    for name, value in others.items():
        monkeypatch.setenv(f"APP_{name}", value)
    return load_settings()
