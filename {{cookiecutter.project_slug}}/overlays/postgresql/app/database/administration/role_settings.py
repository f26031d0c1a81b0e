"""The parameters of the service's sessions, as settings of its role."""

from sqlalchemy import URL

from app.database.parameters import session_parameters
from app.settings import Settings, SettingsError, url_variable


def role_settings(settings: Settings) -> str:
    """Return the statements that set the role of the URL, one in each line.

    Raises SettingsError where the URL has no user.
    """
    role = _role_in_database(settings.database_url)
    return "\n".join(
        f"ALTER ROLE {role} SET {name} = '{value}';"
        for name, value in session_parameters(settings).items()
    )


def _role_in_database(url: URL) -> str:
    if not url.username:
        raise SettingsError(f"{url_variable()} names no user: add the role to set.")
    quote = url.get_dialect()().identifier_preparer.quote_identifier
    return f"{quote(url.username)} IN DATABASE {quote(str(url.database))}"
