"""The raw floor: Starlette, an asyncpg pool, hand-written JSON, and no validation."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from benchmarks.apps.shop import Refused, Shop, opened


def answer(content: object, status: int = 200) -> Response:
    """A response in JSON, with decimals as text."""
    body = orjson.dumps(content, default=str, option=orjson.OPT_UTC_Z)
    return Response(body, status, media_type="application/json")


def shop_of(request: Request) -> Shop:
    """Return the shop of a request's application."""
    shop: Shop = request.app.state.shop
    return shop


async def refuse(_request: Request, _error: Exception) -> Response:
    """Return the response to a refused request."""
    return answer({"detail": "refused"}, 409)


async def get_user(request: Request) -> Response:
    return answer(await shop_of(request).user(int(request.path_params["user_id"])))


async def list_users(request: Request) -> Response:
    return answer(await shop_of(request).users(request.query_params.get("after", "")))


async def list_products(request: Request) -> Response:
    query = request.query_params
    if (after := query.get("after")) is not None:
        return answer(await shop_of(request).products_after(after))
    return answer(await shop_of(request).products_page(int(query.get("page", 1))))


async def create_category(request: Request) -> Response:
    data: dict[str, Any] = orjson.loads(await request.body())
    return answer(await shop_of(request).create_category(**data), 201)


async def place_order(request: Request) -> Response:
    data = orjson.loads(await request.body())
    quantities = {line["product_id"]: line["quantity"] for line in data["items"]}
    return answer(await shop_of(request).place_order(data["user_id"], quantities), 201)


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    """Open the pool, and close it when the application stops."""
    async with opened() as shop:
        app.state.shop = shop
        yield


app = Starlette(
    routes=[
        Route("/api/v1/users", list_users),
        Route("/api/v1/users/{user_id}", get_user),
        Route("/api/v1/products", list_products),
        Route("/api/v1/categories", create_category, methods=["POST"]),
        Route("/api/v1/orders", place_order, methods=["POST"]),
    ],
    exception_handlers={Refused: refuse},
    lifespan=lifespan,
)
