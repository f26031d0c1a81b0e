"""The HTTP contract of the health checks."""

from app.database.database import Database
from tests.client import Client


async def test_live(client: Client) -> None:
    response = await client.get("/health/live")

    assert response.status_code == 200
    assert response.json() == {"status": "alive"}


async def test_ready(client: Client, database: Database) -> None:
    response = await client.get("/health/ready")

    assert response.status_code == 200
    assert response.json()["status"] == "ready"
    assert response.json()["schema_state"] == "current"
    assert response.json()["pool"]["in_use"] == 0
