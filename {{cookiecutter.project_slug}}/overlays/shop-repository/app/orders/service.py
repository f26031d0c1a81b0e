"""What is done with orders, each within a transaction of the caller."""

import logging

from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog.repository import ProductRepository
from app.database.database import savepoint
from app.errors import Conflict, Invalid, ensure_found
from app.orders.messages import message_for
from app.orders.models import Notification, Order
from app.orders.repository import NotificationRepository, OrderRepository
from app.orders.schemas import OrderPlace
from app.orders.status import OrderStatus
from app.users import service as users

logger = logging.getLogger(__name__)


async def place(session: AsyncSession, data: OrderPlace) -> Order:
    """Place an order. Raises NotFound, and Conflict for what is not for sale."""
    quantities = data.quantities()
    user = await users.get(session, data.user_id)
    if not user.is_active:
        raise Conflict(f"User {user.id} is not active.")
    products = await ProductRepository(session).lock(quantities)
    order = Order.begin(user.id)
    for product_id, quantity in quantities.items():
        product = ensure_found(products.get(product_id), "product", product_id)
        order.add(product, quantity)
    OrderRepository(session).add(order)
    await ProductRepository(session).write_stock(products.values())
    await session.flush()
    # {% if cookiecutter.auth == "oidc" %}
    if user.email:
        await _notify(session, order, user.email)
    # {% else %}
    await _notify(session, order, user.email)
    # {% endif %}
    return order


async def change_status(
    session: AsyncSession, order_id: int, status: OrderStatus
) -> Order:
    """Change the status. Raises NotFound, and Conflict if it does not follow.

    Of two that cancel at the same time one is refused, so stock comes back once.
    """
    found = await OrderRepository(session).lock(order_id)
    order = ensure_found(found, "order", order_id)
    if status is not OrderStatus.CANCELLED:
        order.transition_to(status)
    else:
        ids = [item.product_id for item in order.items]
        products = await ProductRepository(session).lock(ids)
        order.cancel(products)
        await ProductRepository(session).write_stock(products.values())
    await session.flush()
    return order


async def _notify(session: AsyncSession, order: Order, recipient: str) -> None:
    """Leave a message to be sent; losing it must not lose the order."""
    message = message_for(order.order_number)
    notification = Notification(order_id=order.id, recipient=recipient, message=message)
    try:
        async with savepoint(session):
            NotificationRepository(session).add(notification)
    except (Conflict, Invalid) as error:
        # Do not log the cause: it repeats the row's values.
        number, reason = order.order_number, error.detail
        logger.error("no notification of order %s: %s", number, reason)
