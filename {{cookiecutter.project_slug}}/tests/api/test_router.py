"""What the router of features does beyond FastAPI's."""

from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute

from app.http.router import Router
from tests.client import Client, client_of


async def test_routes_of_another_prefix_are_not_looked_at(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = []
    matches = APIRoute.matches

    def noted(route: APIRoute, scope: Any) -> Any:
        tried.append(route.name)
        return matches(route, scope)

    monkeypatch.setattr(APIRoute, "matches", noted)
    await client.get("/health/live")

    assert "get_liveness" in tried
    assert "get_user" not in tried


async def test_a_prefix_may_have_parameters() -> None:
    router = Router(prefix="/halls/{hall_id}/seats")

    @router.get("/{seat_id}")
    def get_seat(hall_id: int, seat_id: int) -> list[int]:
        return [hall_id, seat_id]

    app = FastAPI()
    app.include_router(router, prefix="/api")

    answer = await client_of(app).get("/api/halls/3/seats/7")

    assert answer.json() == [3, 7]
