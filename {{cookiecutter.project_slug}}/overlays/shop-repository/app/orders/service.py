"""What the shop does with orders: one method, one unit of work."""

import logging
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row

from app.database.retries import retried
from app.database.session import Database
from app.errors import Conflict, Invalid, NotFound
from app.orders.messages import message_for
from app.orders.models import Notification, Order
from app.orders.schemas import OrderPlace, OrderQuery, OrderStats, UserOrderQuery
from app.orders.status import OrderStatus
from app.pagination import Page, Slice
from app.unit_of_work import UnitOfWork, read_only, unit_of_work
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
        async with unit_of_work(self._database) as uow:
            user = await _customer(uow, data.user_id)
            products = await uow.products.lock(quantities)
            order = Order.begin(user.id)
            for product_id, quantity in quantities.items():
                if product_id not in products:
                    raise NotFound(f"There is no product {product_id}.")
                order.add(products[product_id], quantity)
            uow.orders.add(order)
            await uow.products.write_stock(products.values())
            await uow.flush()
            await _notify(uow, order, user.email)
            await uow.commit()
        return order

    async def get(self, order_id: int) -> Order:
        """Give an order with its items. Raises NotFound."""
        async with read_only(self._database) as uow:
            return _found(await uow.orders.get(order_id), order_id)

    async def page(self, query: OrderQuery) -> Page[Order] | Slice[Order]:
        """Give a page or slice of the orders that match."""
        async with read_only(self._database) as uow:
            return await uow.orders.page(query)

    async def of_user(
        self,
        user_id: int,
        query: UserOrderQuery,
    ) -> Page[Order] | Slice[Order]:
        """Give a page or slice of the orders of a user. Raises NotFound."""
        async with read_only(self._database) as uow:
            await _user(uow, user_id)
            theirs = OrderQuery(user_id=user_id, **query.model_dump())
            return await uow.orders.page(theirs)

    @retried
    async def change_status(self, order_id: int, status: OrderStatus) -> Order:
        """Change the status. Raises NotFound, and Conflict if it does not follow.

        Of two that cancel at the same time one is refused, so stock comes back once.
        """
        async with unit_of_work(self._database) as uow:
            order = _found(await uow.orders.lock(order_id), order_id)
            if status is OrderStatus.CANCELLED:
                ids = [item.product_id for item in order.items]
                products = await uow.products.lock(ids)
                order.cancel(products)
                await uow.products.write_stock(products.values())
            else:
                order.become(status)
            await uow.commit()
        return order

    async def statistics(self) -> OrderStats:
        """Count the orders, and add up those that were not cancelled."""
        async with read_only(self._database) as uow:
            rows = await uow.orders.totals_by_status()
        return OrderStats.from_totals(rows)

    async def top_spenders(self, limit: int) -> Sequence[Row[*tuple[Any, ...]]]:
        """Give the users who have spent most."""
        async with read_only(self._database) as uow:
            return await uow.orders.top_spenders(limit)

    async def best_sellers(self, limit: int) -> Sequence[Row[*tuple[Any, ...]]]:
        """Give the products with most units sold."""
        async with read_only(self._database) as uow:
            return await uow.orders.best_sellers(limit)


async def _user(uow: UnitOfWork, user_id: int) -> User:
    user = await uow.users.get(user_id)
    if user is None:
        raise NotFound(f"There is no user {user_id}.")
    return user


async def _customer(uow: UnitOfWork, user_id: int) -> User:
    user = await _user(uow, user_id)
    if not user.is_active:
        raise Conflict(f"User {user_id} is not active.")
    return user


def _found(order: Order | None, order_id: int) -> Order:
    if order is None:
        raise NotFound(f"There is no order {order_id}.")
    return order


async def _notify(uow: UnitOfWork, order: Order, recipient: str) -> None:
    """Leave a message to be sent; losing it must not lose the order."""
    message = message_for(order)
    notification = Notification(order_id=order.id, recipient=recipient, message=message)
    try:
        async with uow.savepoint():
            uow.notifications.add(notification)
    except (Conflict, Invalid) as error:
        # Not its cause: databases repeat the row that they refuse.
        reason = error.detail
        logger.error("no notification of order %s: %s", order.order_number, reason)
