"""What is done with orders, each within a transaction of the caller."""

import logging
import secrets
from collections.abc import Mapping
from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncConnection

from app.catalog.dao import ProductDAO, ProductRow
from app.database.base import utc_now
from app.database.database import savepoint
from app.errors import Conflict, Invalid, ensure_found
from app.orders import queries
from app.orders.dao import (
    NotificationDAO,
    OrderDAO,
    OrderItemDAO,
    OrderItemRow,
    OrderRow,
)
from app.orders.messages import message_for
from app.orders.schemas import OrderPlace, OrderRead
from app.orders.status import OrderStatus
from app.users import service as users

logger = logging.getLogger(__name__)


async def place(connection: AsyncConnection, data: OrderPlace) -> OrderRead:
    """Place an order. Raises NotFound, and Conflict for what is not for sale."""
    quantities = data.quantities()
    user = await users.get(connection, data.user_id)
    if not user.is_active:
        raise Conflict(f"User {user.id} is not active.")
    # Products are locked first, in the order of ids: concurrent orders would otherwise
    # wait for each other.
    products = await _take_stock(connection, quantities)
    prices = {each: products[each].price * quantities[each] for each in quantities}
    order = await OrderDAO(connection).insert(
        order_number=_new_order_number(),
        user_id=user.id,
        total_amount=sum(prices.values(), Decimal(0)),
    )
    items = [
        OrderItemRow(order.id, each, quantity, products[each].price, prices[each])
        for each, quantity in quantities.items()
    ]
    await OrderItemDAO(connection).insert_items(items)
    # {% if cookiecutter.auth == "oidc" %}
    if user.email:
        await _notify(connection, order, user.email)
    # {% else %}
    await _notify(connection, order, user.email)
    # {% endif %}
    return await _order(connection, order.id)


async def change_status(
    connection: AsyncConnection, order_id: int, status: OrderStatus
) -> OrderRead:
    """Change the status. Raises NotFound, and Conflict if it does not follow.

    Of two that cancel at the same time one is refused, so stock comes back once.
    """
    changed = await OrderDAO(connection).update_status(order_id, status)
    order = await _order(connection, order_id)
    if not changed:
        raise Conflict(f"A {order.status} order cannot become {status}.")
    if status is OrderStatus.CANCELLED:
        quantities = {item.product_id: item.quantity for item in order.items}
        await ProductDAO(connection).lock(quantities)
        await _change_stock(connection, quantities)
    return order


async def _order(connection: AsyncConnection, order_id: int) -> OrderRead:
    """Fetch an order as clients see it. Raises NotFound."""
    result = await connection.execute(queries.ORDER, {"order_id": order_id})
    return queries.order_of(order_id, result.all())


async def _take_stock(
    connection: AsyncConnection, quantities: Mapping[int, int]
) -> dict[int, ProductRow]:
    products = await ProductDAO(connection).lock(quantities)
    for product_id, quantity in quantities.items():
        product = ensure_found(products.get(product_id), "product", product_id)
        _check_for_sale(product, quantity)
    taken = {each: -number for each, number in quantities.items()}
    await _change_stock(connection, taken)
    return products


def _check_for_sale(product: ProductRow, quantity: int) -> None:
    if not product.is_active:
        raise Conflict(f"Product {product.id} is not for sale.", product_id=product.id)
    if product.stock_quantity < quantity:
        raise Conflict(
            f"Product {product.id} has a stock of {product.stock_quantity}.",
            product_id=product.id,
        )


async def _change_stock(
    connection: AsyncConnection, changes: Mapping[int, int]
) -> None:
    if not await ProductDAO(connection).change_stock(changes):
        raise Conflict("The stock of a product cannot be changed like that.")


async def _notify(connection: AsyncConnection, order: OrderRow, recipient: str) -> None:
    """Leave a message to be sent; losing it must not lose the order."""
    message = message_for(order.order_number)
    try:
        async with savepoint(connection):
            await NotificationDAO(connection).insert(
                order_id=order.id, recipient=recipient, message=message
            )
    except (Conflict, Invalid) as error:
        # Do not log the cause: it repeats the row's values.
        number, reason = order.order_number, error.detail
        logger.error("no notification of order %s: %s", number, reason)


def _new_order_number() -> str:
    return f"ORD-{utc_now():%Y%m%d%H%M%S}-{secrets.token_hex(4).upper()}"
