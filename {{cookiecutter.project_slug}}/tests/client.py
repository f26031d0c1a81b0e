"""The HTTP client of the tests."""

from fastapi import FastAPI
# {% if cookiecutter.concurrency == "async" %}
from httpx2 import ASGITransport
from httpx2 import AsyncClient as Client
# {% else %}
from starlette.testclient import TestClient as Client
# {% endif %}

__all__ = ["Client", "client_of"]


def client_of(app: FastAPI) -> Client:
    """Make a client that calls the application in this process."""
    # {% if cookiecutter.concurrency == "async" %}
    return Client(transport=ASGITransport(app), base_url="http://test")
    # {% else %}
    return Client(app)
    # {% endif %}
