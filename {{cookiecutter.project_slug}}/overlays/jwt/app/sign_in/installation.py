"""What signing in adds to the application."""

from fastapi import FastAPI

from app.auth.tokens import Tokens
from app.settings import Settings


def install_sign_in(app: FastAPI, settings: Settings) -> None:
    """Have the application issue access tokens, and verify those of requests."""
    app.state.settings = settings
    app.state.tokens = Tokens(settings)
