"""What the shop does with orders: one method, one transaction."""

import logging
import secrets
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog.dao import ProductDAO
from app.catalog.models import Product
from app.database.base import utc_now
from app.database.retries import retried
from app.database.session import Database, savepoint
from app.errors import Conflict, Invalid, NotFound
from app.orders.dao import NotificationDAO, OrderDAO, OrderItemDAO
from app.orders.messages import message_for
from app.orders.models import Order
from app.orders.schemas import OrderPlace, OrderQuery, OrderStats, UserOrderQuery
from app.orders.status import OrderStatus
from app.pagination import Page, Slice
from app.users.dao import UserDAO
from app.users.models import User

logger = logging.getLogger(__name__)


class OrderService:
    """The use cases of orders."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @retried
    async def place(self, data: OrderPlace) -> Order:
        """Place an order. Raises NotFound, and Conflict for what is not for sale."""
        quantities = data.quantities()
        async with self._database.session() as session:
            user = await _customer(session, data.user_id)
            # Products are locked first, in the order of ids: orders that come at once
            # would otherwise wait for each other.
            products = await _take_stock(session, quantities)
            order = await OrderDAO(session).insert(
                order_number=_new_order_number(),
                user_id=user.id,
                total_amount=_total(quantities, products),
            )
            await OrderItemDAO(session).insert_items(order.id, quantities, products)
            await _notify(session, order, user.email)
            order = await _order(session, order.id)
            await session.commit()
        return order

    async def get(self, order_id: int) -> Order:
        """Give an order with its items. Raises NotFound."""
        async with self._database.read_session() as session:
            return await _order(session, order_id)

    async def page(self, query: OrderQuery) -> Page[Order] | Slice[Order]:
        """Give a page or slice of the orders that match."""
        async with self._database.read_session() as session:
            return await OrderDAO(session).select_page(query)

    async def of_user(
        self,
        user_id: int,
        query: UserOrderQuery,
    ) -> Page[Order] | Slice[Order]:
        """Give a page or slice of the orders of a user. Raises NotFound."""
        async with self._database.read_session() as session:
            await _user(session, user_id)
            theirs = OrderQuery(user_id=user_id, **query.model_dump())
            return await OrderDAO(session).select_page(theirs)

    @retried
    async def change_status(self, order_id: int, status: OrderStatus) -> Order:
        """Change the status. Raises NotFound, and Conflict if it does not follow.

        Of two that cancel at the same time one is refused, so stock comes back once.
        """
        async with self._database.session() as session:
            changed = await OrderDAO(session).update_status(order_id, status)
            order = await _order(session, order_id)
            if not changed:
                raise Conflict(f"A {order.status} order cannot become {status}.")
            if status is OrderStatus.CANCELLED:
                await _give_back_stock(session, order)
            await session.commit()
        return order

    async def statistics(self) -> OrderStats:
        """Count the orders, and add up those that were not cancelled."""
        async with self._database.read_session() as session:
            rows = await OrderDAO(session).select_totals_by_status()
        return OrderStats.from_totals(rows)

    async def top_spenders(self, limit: int) -> Sequence[Row[*tuple[Any, ...]]]:
        """Give the users who have spent most."""
        async with self._database.read_session() as session:
            return await OrderDAO(session).select_top_spenders(limit)

    async def best_sellers(self, limit: int) -> Sequence[Row[*tuple[Any, ...]]]:
        """Give the products with most units sold."""
        async with self._database.read_session() as session:
            return await OrderDAO(session).select_best_sellers(limit)


async def _user(session: AsyncSession, user_id: int) -> User:
    user = await UserDAO(session).get(user_id)
    if user is None:
        raise NotFound(f"There is no user {user_id}.")
    return user


async def _customer(session: AsyncSession, user_id: int) -> User:
    user = await _user(session, user_id)
    if not user.is_active:
        raise Conflict(f"User {user_id} is not active.")
    return user


async def _order(session: AsyncSession, order_id: int) -> Order:
    order = await OrderDAO(session).get_with_items(order_id)
    if order is None:
        raise NotFound(f"There is no order {order_id}.")
    return order


async def _take_stock(
    session: AsyncSession,
    quantities: Mapping[int, int],
) -> dict[int, Product]:
    dao = ProductDAO(session)
    products = await dao.lock(quantities)
    for product_id, quantity in quantities.items():
        _check_for_sale(products.get(product_id), product_id, quantity)
    await _change_stock(dao, {each: -number for each, number in quantities.items()})
    return products


def _check_for_sale(product: Product | None, product_id: int, quantity: int) -> None:
    if product is None:
        raise NotFound(f"There is no product {product_id}.")
    if not product.is_active:
        raise Conflict(f"Product {product_id} is not for sale.", product_id=product_id)
    if product.stock_quantity < quantity:
        stock = product.stock_quantity
        raise Conflict(
            f"Product {product_id} has a stock of {stock}.", product_id=product_id
        )


async def _give_back_stock(session: AsyncSession, order: Order) -> None:
    dao = ProductDAO(session)
    await dao.lock(item.product_id for item in order.items)
    await _change_stock(dao, {item.product_id: item.quantity for item in order.items})


async def _change_stock(dao: ProductDAO, changes: Mapping[int, int]) -> None:
    if not await dao.change_stock(changes):
        raise Conflict("The stock of a product cannot be changed like that.")


async def _notify(session: AsyncSession, order: Order, recipient: str) -> None:
    """Leave a message to be sent; losing it must not lose the order."""
    message = message_for(order)
    try:
        async with savepoint(session):
            await NotificationDAO(session).insert(
                order_id=order.id, recipient=recipient, message=message
            )
    except (Conflict, Invalid) as error:
        # Not its cause: databases repeat the row that they refuse.
        reason = error.detail
        logger.error("no notification of order %s: %s", order.order_number, reason)


def _new_order_number() -> str:
    return f"ORD-{utc_now():%Y%m%d%H%M%S}-{secrets.token_hex(4).upper()}"


def _total(quantities: Mapping[int, int], products: Mapping[int, Product]) -> Decimal:
    prices = (products[each].price * number for each, number in quantities.items())
    return sum(prices, Decimal(0))
