"""Which settings of mails the service starts with."""

import pytest

from app.settings import SettingsError
from tests.environment import GOOD_URL, load_with

HOST = {"MAIL_HOST": "mail.example.com"}
FROM = {"MAIL_FROM": "Zoë's Service <service@example.com>"}
PASSWORD = {"MAIL_USER": "service", "MAIL_PASSWORD": "s3cret"}
REQUIRED = {"ENVIRONMENT": "production", "AUTH_REQUIRE_VERIFIED_EMAIL": "true"}


@pytest.mark.parametrize(
    ("variables", "refused"),
    [
        (HOST, "MAIL_FROM"),
        (HOST | {"MAIL_FROM": "nobody"}, "MAIL_FROM"),
        (HOST | FROM | PASSWORD | {"MAIL_SECURITY": "none"}, "MAIL_PASSWORD"),
        (HOST | FROM | {"MAIL_USER": "service"}, "MAIL_PASSWORD"),
        ({"MAIL_SECURITY": "some"}, "MAIL_SECURITY"),
        ({"AUTH_RESET_URL": "https://app.example.com/reset"}, "AUTH_RESET_URL"),
        ({"AUTH_VERIFICATION_URL": "/verify#{token}"}, "AUTH_VERIFICATION_URL"),
        (REQUIRED, "ENVIRONMENT"),
    ],
)
def test_settings_that_cannot_work_are_refused(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], refused: str
) -> None:
    with pytest.raises(SettingsError, match=f"APP_{refused}: ") as error:
        load_with(monkeypatch, GOOD_URL, **variables)

    assert "s3cret" not in str(error.value)


def test_a_server_is_set_by_its_host_and_who_sends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    url = {"AUTH_RESET_URL": "https://app.example.com/reset#{token}"}

    settings = load_with(monkeypatch, GOOD_URL, **HOST, **FROM, **url, **REQUIRED)

    assert (settings.mail_port, settings.mail_security) == (587, "starttls")
    assert settings.mail_from is not None
    assert settings.mail_from.name == "Zoë's Service"
    assert settings.mail_from.email == "service@example.com"
