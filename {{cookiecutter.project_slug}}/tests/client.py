"""The HTTP client that tests are given, under one name."""

# {% if cookiecutter.concurrency == "async" %}
from httpx2 import AsyncClient as Client
# {% else %}
from starlette.testclient import TestClient as Client
# {% endif %}

__all__ = ["Client"]
