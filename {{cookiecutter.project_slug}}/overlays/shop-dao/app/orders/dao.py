"""Rows of the order tables."""

from collections.abc import Mapping

from sqlalchemy import insert, update
# {% if cookiecutter.concurrency == "async" %}
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload
# {% else %}
from sqlalchemy.orm import Session, joinedload
# {% endif %}

from app.catalog.models import Product
from app.database.dao import DAO
from app.orders.models import Notification, Order, OrderItem
from app.orders.status import OrderStatus, statuses_before


class OrderDAO(DAO[Order]):
    """Reads and writes orders."""

    model = Order

    async def get_with_items(self, order_id: int) -> Order | None:
        """Give an order with its items, or None."""
        return await self.session.get(
            Order,
            order_id,
            options=[joinedload(Order.items)],
            populate_existing=True,
        )

    async def update_status(self, order_id: int, status: OrderStatus) -> bool:
        """Change the status if that of the order may become it; False if not."""
        changed = await self.run_update(
            update(Order)
            .where(Order.id == order_id, Order.status.in_(statuses_before(status)))
            .values(status=status)
        )
        return changed == 1


class OrderItemDAO:
    """Writes order items, which have no id of their own."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def insert_items(
        self,
        order_id: int,
        quantities: Mapping[int, int],
        products: Mapping[int, Product],
    ) -> None:
        """Insert the items of an order, all at once."""
        rows = [
            {
                "order_id": order_id,
                "product_id": product_id,
                "quantity": quantity,
                "unit_price": products[product_id].price,
                "total_price": products[product_id].price * quantity,
            }
            for product_id, quantity in quantities.items()
        ]
        await self._session.execute(insert(OrderItem.__table__), rows)


class NotificationDAO(DAO[Notification]):
    """Reads and writes notifications."""

    model = Notification
