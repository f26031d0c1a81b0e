"""HTTP for orders."""

from http import HTTPStatus
from typing import Annotated

from fastapi import Query

from app.catalog.schemas import StockProblem
from app.http.dependencies import DatabaseDep
from app.http.fields import Id
from app.http.problems import CONFLICT, NOT_FOUND
from app.http.router import Router
from app.lists.page import Page
from app.orders import queries, service
from app.orders.schemas import (
    BestSeller,
    Limit,
    OrderBrief,
    OrderPlace,
    OrderQuery,
    OrderRead,
    OrderStats,
    StatusChange,
    TopSpender,
    UserOrderQuery,
)

router = Router(tags=["orders"])


@router.post(
    "/orders",
    status_code=HTTPStatus.CREATED,
    responses=NOT_FOUND | {HTTPStatus.CONFLICT: {"model": StockProblem}},
)
async def place_order(data: OrderPlace, database: DatabaseDep) -> OrderRead:
    """Order products: all of them, or nothing happens."""
    order = await database.transaction(service.place, data)
    return OrderRead.model_validate(order)


@router.get("/orders")
async def list_orders(
    query: Annotated[OrderQuery, Query()], database: DatabaseDep
) -> Page[OrderBrief]:
    return await queries.list_orders(database, query)


@router.get("/orders/stats")
async def get_order_stats(database: DatabaseDep) -> OrderStats:
    return await queries.order_statistics(database)


@router.get("/orders/top-spenders")
async def list_top_spenders(
    database: DatabaseDep, limit: Limit = 10
) -> list[TopSpender]:
    return await queries.top_spenders(database, limit)


@router.get("/orders/best-sellers")
async def list_best_sellers(
    database: DatabaseDep, limit: Limit = 10
) -> list[BestSeller]:
    return await queries.best_sellers(database, limit)


@router.get("/orders/{order_id}", responses=NOT_FOUND)
async def get_order(order_id: Id, database: DatabaseDep) -> OrderRead:
    return await queries.get_order(database, order_id)


@router.patch("/orders/{order_id}/status", responses=NOT_FOUND | CONFLICT)
async def change_order_status(
    order_id: Id, data: StatusChange, database: DatabaseDep
) -> OrderRead:
    """Take the order a step further, or cancel it, which returns the stock."""
    order = await database.transaction(service.change_status, order_id, data.status)
    return OrderRead.model_validate(order)


@router.get("/users/{user_id}/orders", responses=NOT_FOUND)
async def list_orders_of_user(
    user_id: Id, query: Annotated[UserOrderQuery, Query()], database: DatabaseDep
) -> Page[OrderBrief]:
    return await queries.list_orders_of_user(database, user_id, query)
