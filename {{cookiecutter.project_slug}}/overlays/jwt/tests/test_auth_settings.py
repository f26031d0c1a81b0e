"""Which keys the service starts with."""

import pytest

from app.settings import SettingsError
from tests.environment import GOOD_URL, load_with

GOOD_KEY = "0123456789abcdefghijklmnopqrstuv"


@pytest.mark.parametrize("name", ["AUTH_KEY", "AUTH_OLD_KEY"])
@pytest.mark.parametrize(
    "key", ["", "short", GOOD_KEY[1:], "x" * 64, "change-this-key " * 3]
)
def test_a_key_that_is_no_secret_is_refused(
    monkeypatch: pytest.MonkeyPatch, name: str, key: str
) -> None:
    with pytest.raises(SettingsError, match=f"APP_{name}: ") as refused:
        load_with(monkeypatch, GOOD_URL, **{name: key})

    assert len(key) < 10 or key not in str(refused.value)


def test_two_keys_may_be_valid(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = {"AUTH_KEY": GOOD_KEY, "AUTH_OLD_KEY": GOOD_KEY[::-1]}

    settings = load_with(monkeypatch, GOOD_URL, **keys)

    assert settings.auth_key.get_secret_value() == GOOD_KEY
    assert GOOD_KEY not in repr(settings)
