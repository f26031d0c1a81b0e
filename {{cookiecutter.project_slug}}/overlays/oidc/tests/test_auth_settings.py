"""Which issuer the service starts with, and what the roles are called there."""

import pytest

from app.auth.roles import Role
from app.main import create_app
from app.settings import SettingsError
from tests.environment import GOOD_URL, load_with


@pytest.mark.parametrize("name", ["OIDC_ISSUER", "OIDC_AUDIENCE"])
def test_the_service_does_not_start_without_an_issuer(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    settings = load_with(monkeypatch, GOOD_URL, **{name: ""})

    with pytest.raises(SettingsError, match=f"APP_{name} .* set them in .env"):
        create_app(settings)


@pytest.mark.parametrize(
    "url",
    ["issuer.example.com", "http://issuer.example.com", "http://127.0.0.1.example.com"],
)
def test_an_issuer_that_others_can_change_is_refused(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    with pytest.raises(SettingsError, match=r"APP_OIDC_ISSUER: .* https://"):
        load_with(monkeypatch, GOOD_URL, OIDC_ISSUER=url)


def test_roles_may_have_other_names(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load_with(monkeypatch, GOOD_URL, OIDC_ROLES='{"admins": "admin"}')

    assert settings.oidc_roles == {"admins": Role.ADMIN}


@pytest.mark.parametrize("roles", ["admins", '{"admins": "root"}'])
def test_names_of_roles_are_refused_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, roles: str
) -> None:
    with pytest.raises(SettingsError, match="APP_OIDC_ROLES: "):
        load_with(monkeypatch, GOOD_URL, OIDC_ROLES=roles)
