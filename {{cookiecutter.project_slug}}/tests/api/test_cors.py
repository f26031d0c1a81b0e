"""Web pages of other origins may call only where the settings name them."""

from app.main import create_app
from app.settings import Settings
from tests.client import Client, client_of

PAGE = "https://app.example.com"
PREFLIGHT = {"Origin": PAGE, "Access-Control-Request-Method": "POST"}
ALLOWED = "access-control-allow-origin"


async def test_no_page_may_call_unless_it_is_named(client: Client) -> None:
    asked = await client.options("/api/v1/users", headers=PREFLIGHT)
    called = await client.get("/health/live", headers={"Origin": PAGE})

    assert asked.status_code == 405
    assert ALLOWED not in asked.headers
    assert ALLOWED not in called.headers


async def test_a_page_that_is_named_may_call(settings: Settings) -> None:
    app = create_app(settings.model_copy(update={"cors_origins": (PAGE,)}))
    client = client_of(app)

    asked = await client.options("/api/v1/users", headers=PREFLIGHT)
    other = await client.options(
        "/api/v1/users", headers=PREFLIGHT | {"Origin": "https://evil.example.com"}
    )

    assert asked.status_code == 200
    assert asked.headers[ALLOWED] == PAGE
    assert ALLOWED not in other.headers
    await app.state.database.dispose()
