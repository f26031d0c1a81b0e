"""Rows of the order tables."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal

from sqlalchemy import update

from app.database.dao import DAO
from app.orders.models import Notification, Order, OrderItem
from app.orders.status import OrderStatus, statuses_before


@dataclass(frozen=True)
class OrderRow:
    """An order as the table has it."""

    id: int
    order_number: str
    user_id: int
    status: OrderStatus
    total_amount: Decimal


@dataclass(frozen=True)
class OrderItemRow:
    """A quantity of a product in an order."""

    order_id: int
    product_id: int
    quantity: int
    unit_price: Decimal
    total_price: Decimal


@dataclass(frozen=True)
class NotificationRow:
    """A message that is to be sent."""

    id: int
    order_id: int


class OrderDAO(DAO[OrderRow]):
    """Reads and writes orders."""

    model = Order
    row = OrderRow

    async def update_status(self, order_id: int, status: OrderStatus) -> bool:
        """Change the status where a transition leads to it; False if none does."""
        changed = await self.count_updated(
            update(Order)
            .where(Order.id == order_id, Order.status.in_(statuses_before(status)))
            .values(status=status)
        )
        return changed == 1


class OrderItemDAO(DAO[OrderItemRow]):
    """Writes order items, whose key is the order and the product."""

    model = OrderItem
    row = OrderItemRow

    async def insert_items(self, items: Sequence[OrderItemRow]) -> None:
        """Insert items, all at once."""
        await self.insert_all([asdict(item) for item in items])


class NotificationDAO(DAO[NotificationRow]):
    """Reads and writes notifications."""

    model = Notification
    row = NotificationRow
