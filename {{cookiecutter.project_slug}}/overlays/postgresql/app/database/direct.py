"""The way to the server round a pooler in transaction mode.

Migrations hold a lock of their session, which a pooler would leave on a connection that
it lends to others.
"""

from app.settings import Settings, SettingsError, UrlVariables

# The variables that may say where the server itself is, the first of them first.
VARIABLES = (
    "app_database_direct_url",
    "database_direct_url",
    "app_database_url",
    "database_url",
)


def direct_settings(settings: Settings) -> Settings:
    """Return the settings for what goes round a pooler, if there is one.

    Raises SettingsError where the pooler is all that the settings name.
    """
    if settings.database_direct_url is not None:
        direct = {
            "database_url": settings.database_direct_url,
            "database_direct_url": None,
            "database_pooler": "none",
        }
        return settings.model_copy(update=direct)
    if settings.database_pooler != "none":
        raise SettingsError(
            "APP_DATABASE_DIRECT_URL is missing: migrations, `create` and the tests "
            "cannot go through a pooler, so set it to the URL of the server itself."
        )
    return settings


def direct_url_variable() -> str:
    """Return the name of the variable that says where the server itself is."""
    values = UrlVariables().model_dump()
    names = (name for name in VARIABLES if values[name] is not None)
    return next(names, "app_database_url").upper()
