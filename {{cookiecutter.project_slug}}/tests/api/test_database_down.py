"""The service without its database: it lives, and says that it cannot serve."""

# {% if cookiecutter.concurrency == "async" %}
from collections.abc import AsyncIterator
# {% else %}
from collections.abc import Iterator
# {% endif %}

import pytest

# {% if cookiecutter.auth == "oidc" %}
from app.auth.roles import Role
# {% endif %}
from app.main import create_app
from app.settings import Settings
# {% if cookiecutter.auth != "none" %}
from tests.callers import headers_with
# {% endif %}
from tests.client import Client, client_of
# {% if cookiecutter.auth == "jwt" %}
from tests.operator import OPERATOR
# {% elif cookiecutter.auth == "oidc" %}
from tests.issuer import ISSUER
# {% endif %}


@pytest.fixture
async def lonely_client(
    settings: Settings,
    # {% if cookiecutter.driver == "aiosqlite" %}
    empty_database: None,  # keeps open the event loop that aiosqlite's thread calls late
    # {% endif %}
) -> AsyncIterator[Client]:
    """A client of a service whose database cannot be reached."""
    # {% if cookiecutter.database == "sqlite" %}
    url = settings.database_url.set(database="no/such/folder/test.db")
    # {% else %}
    url = settings.database_url.set(host="127.0.0.1", port=1, query={})
    # {% endif %}
    app = create_app(settings.model_copy(update={"database_url": url}))
    # {% if cookiecutter.auth != "none" %}
    client = client_of(app)
    # {% if cookiecutter.auth == "jwt" %}
    # The token is verified without the database.
    client.headers |= headers_with(app.state.tokens.issue(OPERATOR))
    # {% else %}
    client.headers |= headers_with(ISSUER.issue("ann", Role.ADMIN))
    # {% endif %}
    yield client
    # {% else %}
    yield client_of(app)
    # {% endif %}
    await app.state.database.dispose()


async def test_the_service_is_alive(lonely_client: Client) -> None:
    assert (await lonely_client.get("/health/live")).status_code == 200


@pytest.mark.parametrize("path", ["/health/ready", "/api/v1/users", "/api/v1/users/1"])
async def test_requests_are_told_to_come_back(lonely_client: Client, path: str) -> None:
    response = await lonely_client.get(path)

    assert response.status_code == 503
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["retry-after"] == "1"
