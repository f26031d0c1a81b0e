"""HTTP for orders."""

from http import HTTPStatus
from typing import Annotated

from fastapi import Query

from app.auth.access import SignedIn, require
from app.auth.owners import ensure_own, owner_listed
from app.auth.roles import Role
from app.catalog.schemas import StockProblem
from app.errors import NotFound
from app.http.dependencies import DatabaseDep
from app.http.fields import Id
from app.http.problems import CONFLICT, NOT_FOUND
from app.http.router import Router
from app.lists.page import Page
from app.orders import access, queries, service
from app.orders.schemas import (
    BestSeller,
    Limit,
    OrderBrief,
    OrderPlace,
    OrderQuery,
    OrderRead,
    OrderStats,
    OwnOrder,
    StatusChange,
    TopSpender,
    UserOrderQuery,
)

router = Router(tags=["orders"])

STAFF = [require(Role.STAFF)]


@router.post(
    "/orders",
    status_code=HTTPStatus.CREATED,
    responses=NOT_FOUND | {HTTPStatus.CONFLICT: {"model": StockProblem}},
)
async def place_order(
    data: OwnOrder, caller: SignedIn, database: DatabaseDep
) -> OrderRead:
    """Order products for oneself: all of them, or nothing happens."""
    whole = OrderPlace(user_id=caller.user_id, items=data.items)
    order = await database.transaction(service.place, whole)
    return OrderRead.model_validate(order)


@router.get("/orders")
async def list_orders(
    query: Annotated[OrderQuery, Query()], caller: SignedIn, database: DatabaseDep
) -> Page[OrderBrief]:
    """List one's own orders or, as staff, those of everybody."""
    owner = owner_listed(query.user_id, caller)
    own = query.model_copy(update={"user_id": owner})
    return await queries.list_orders(database, own)


@router.get("/orders/stats", dependencies=STAFF)
async def get_order_stats(database: DatabaseDep) -> OrderStats:
    return await queries.order_statistics(database)


@router.get("/orders/top-spenders", dependencies=STAFF)
async def list_top_spenders(
    database: DatabaseDep, limit: Limit = 10
) -> list[TopSpender]:
    return await queries.top_spenders(database, limit)


@router.get("/orders/best-sellers", dependencies=STAFF)
async def list_best_sellers(
    database: DatabaseDep, limit: Limit = 10
) -> list[BestSeller]:
    return await queries.best_sellers(database, limit)


@router.get("/orders/{order_id}", responses=NOT_FOUND)
async def get_order(order_id: Id, caller: SignedIn, database: DatabaseDep) -> OrderRead:
    order = await queries.get_order(database, order_id)
    return ensure_own(order, "order", order_id, caller)


@router.patch("/orders/{order_id}/status", responses=NOT_FOUND | CONFLICT)
async def change_order_status(
    order_id: Id, data: StatusChange, caller: SignedIn, database: DatabaseDep
) -> OrderRead:
    """Cancel an order, which returns the stock or, as staff, take it a step further."""
    return await database.transaction(
        access.change_status, order_id, data.status, caller
    )


@router.get("/users/{user_id}/orders", responses=NOT_FOUND)
async def list_orders_of_user(
    user_id: Id,
    query: Annotated[UserOrderQuery, Query()],
    caller: SignedIn,
    database: DatabaseDep,
) -> Page[OrderBrief]:
    if not caller.owns_or_is(Role.STAFF, user_id):
        raise NotFound(f"There is no user {user_id}.")
    return await queries.list_orders_of_user(database, user_id, query)
