"""What signing in adds to the application."""

from fastapi import FastAPI

from app.auth.known_users import KnownUsers
from app.auth.tokens import Tokens
from app.settings import Settings, SettingsError
from app.sign_in.first_sight import ACTIVE, find_user


def install_sign_in(app: FastAPI, settings: Settings) -> None:
    """Have the application verify access tokens, and make users of who has one.

    Raises SettingsError where the settings do not say who issues them.
    """
    if not (settings.oidc_issuer and settings.oidc_audience):
        raise SettingsError(
            "APP_OIDC_ISSUER and APP_OIDC_AUDIENCE must say who issues the access tokens, "
            "and for whom: set them in .env, see .env.example."
        )
    app.state.settings = settings
    app.state.tokens = Tokens(settings)
    app.state.known_users = KnownUsers()
    app.state.find_user = find_user
    app.state.active_user = ACTIVE
    app.swagger_ui_init_oauth = {
        "clientId": settings.oidc_docs_client,
        "scopes": settings.oidc_docs_scopes,
        "usePkceWithAuthorizationCodeGrant": True,
        # Auth0 issues tokens for an API to who asks for them so; others ignore it.
        "additionalQueryStringParams": {"audience": settings.oidc_audience},
    }
