"""What the shop does with orders: one method, one transaction."""

import logging
import secrets
from collections.abc import Mapping
from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog.dao import ProductDAO
from app.catalog.models import Product
from app.database.base import utc_now
from app.database.retries import retried
from app.database.session import Database, savepoint
from app.errors import Conflict, Invalid, found
from app.orders.dao import NotificationDAO, OrderDAO, OrderItemDAO
from app.orders.messages import message_for
from app.orders.models import Order
from app.orders.schemas import OrderPlace
from app.orders.status import OrderStatus
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


async def _customer(session: AsyncSession, user_id: int) -> User:
    user = found(await UserDAO(session).get(user_id), "user", user_id)
    if not user.is_active:
        raise Conflict(f"User {user_id} is not active.")
    return user


async def _order(session: AsyncSession, order_id: int) -> Order:
    row = await OrderDAO(session).get_with_items(order_id)
    return found(row, "order", order_id)


async def _take_stock(
    session: AsyncSession,
    quantities: Mapping[int, int],
) -> dict[int, Product]:
    dao = ProductDAO(session)
    products = await dao.lock(quantities)
    for product_id, quantity in quantities.items():
        product = found(products.get(product_id), "product", product_id)
        _check_for_sale(product, quantity)
    await _change_stock(dao, {each: -number for each, number in quantities.items()})
    return products


def _check_for_sale(product: Product, quantity: int) -> None:
    if not product.is_active:
        raise Conflict(f"Product {product.id} is not for sale.", product_id=product.id)
    if product.stock_quantity < quantity:
        raise Conflict(
            f"Product {product.id} has a stock of {product.stock_quantity}.",
            product_id=product.id,
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
