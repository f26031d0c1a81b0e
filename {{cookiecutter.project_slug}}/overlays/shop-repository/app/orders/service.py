"""What the shop does with orders: one method, one unit of work."""

import logging

from app.database.retries import retried
from app.database.session import Database
from app.errors import Conflict, Invalid, found
from app.orders.messages import message_for
from app.orders.models import Notification, Order
from app.orders.schemas import OrderPlace
from app.orders.status import OrderStatus
from app.unit_of_work import UnitOfWork, unit_of_work
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
                product = found(products.get(product_id), "product", product_id)
                order.add(product, quantity)
            uow.orders.add(order)
            await uow.products.write_stock(products.values())
            await uow.flush()
            await _notify(uow, order, user.email)
            await uow.commit()
        return order

    @retried
    async def change_status(self, order_id: int, status: OrderStatus) -> Order:
        """Change the status. Raises NotFound, and Conflict if it does not follow.

        Of two that cancel at the same time one is refused, so stock comes back once.
        """
        async with unit_of_work(self._database) as uow:
            order = found(await uow.orders.lock(order_id), "order", order_id)
            if status is OrderStatus.CANCELLED:
                ids = [item.product_id for item in order.items]
                products = await uow.products.lock(ids)
                order.cancel(products)
                await uow.products.write_stock(products.values())
            else:
                order.become(status)
            await uow.commit()
        return order


async def _customer(uow: UnitOfWork, user_id: int) -> User:
    user = found(await uow.users.get(user_id), "user", user_id)
    if not user.is_active:
        raise Conflict(f"User {user_id} is not active.")
    return user


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
