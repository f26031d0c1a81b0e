"""HTTP for orders."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query

from app.database.rows import AnyRow, Record
from app.fields import Id
from app.orders.dependencies import OrderQueriesDep, OrderServiceDep
from app.orders.models import Order
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
from app.pagination import Page, PartRead, Slice
from app.problems import problem_responses
# {% if cookiecutter.concurrency == "sync" %}
from app.threads import ThreadRoute
# {% endif %}

# {% if cookiecutter.concurrency == "sync" %}
router = APIRouter(tags=["orders"], route_class=ThreadRoute)
# {% else %}
router = APIRouter(tags=["orders"])
# {% endif %}

NOT_FOUND = problem_responses(HTTPStatus.NOT_FOUND)
REFUSALS = NOT_FOUND | problem_responses(HTTPStatus.CONFLICT)

OrderList = PartRead[OrderBrief]


@router.post(
    "/orders",
    response_model=OrderRead,
    status_code=HTTPStatus.CREATED,
    responses=REFUSALS,
)
async def place_order(data: OrderPlace, orders: OrderServiceDep) -> Order:
    """Order products: all of them, or nothing happens."""
    return await orders.place(data)


@router.get("/orders", response_model=OrderList)
async def list_orders(
    query: Annotated[OrderQuery, Query()],
    queries: OrderQueriesDep,
) -> Page[Record] | Slice[Record]:
    return await queries.page(query)


@router.get("/orders/stats")
async def order_stats(queries: OrderQueriesDep) -> OrderStats:
    return await queries.statistics()


@router.get("/orders/top-spenders", response_model=list[TopSpender])
async def top_spenders(
    queries: OrderQueriesDep,
    limit: Limit = 10,
) -> Sequence[AnyRow]:
    return await queries.top_spenders(limit)


@router.get("/orders/best-sellers", response_model=list[BestSeller])
async def best_sellers(
    queries: OrderQueriesDep,
    limit: Limit = 10,
) -> Sequence[AnyRow]:
    return await queries.best_sellers(limit)


@router.get("/orders/{order_id}", response_model=OrderRead, responses=NOT_FOUND)
async def get_order(order_id: Id, queries: OrderQueriesDep) -> Record:
    return await queries.get(order_id)


@router.patch("/orders/{order_id}/status", response_model=OrderRead, responses=REFUSALS)
async def change_status(
    order_id: Id,
    data: StatusChange,
    orders: OrderServiceDep,
) -> Order:
    """Take the order a step further, or cancel it, which gives the stock back."""
    return await orders.change_status(order_id, data.status)


@router.get("/users/{user_id}/orders", response_model=OrderList, responses=NOT_FOUND)
async def list_orders_of_user(
    user_id: Id,
    query: Annotated[UserOrderQuery, Query()],
    queries: OrderQueriesDep,
) -> Page[Record] | Slice[Record]:
    return await queries.of_user(user_id, query)
