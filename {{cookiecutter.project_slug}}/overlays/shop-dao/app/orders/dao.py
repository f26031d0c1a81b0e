"""Rows of the order tables."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, update

from app.catalog.models import Product
from app.database.dao import DAO
from app.orders.models import Notification, Order, OrderItem
from app.orders.queries import (
    ORDERS,
    WITH_ITEMS,
    best_sellers,
    top_spenders,
    totals_by_status,
)
from app.orders.schemas import OrderQuery
from app.orders.status import OrderStatus, statuses_before
from app.pagination import Page, Slice


class OrderDAO(DAO[Order]):
    """Reads and writes orders."""

    model = Order

    async def get_with_items(self, order_id: int) -> Order | None:
        """Give an order with its items, or None."""
        return await self.session.get(
            Order, order_id, options=WITH_ITEMS, populate_existing=True
        )

    async def select_page(self, query: OrderQuery) -> Page[Order] | Slice[Order]:
        """Give a page or slice of the orders that match."""
        return await ORDERS.fetch(self.session, query)

    async def update_status(self, order_id: int, status: OrderStatus) -> bool:
        """Change the status if that of the order may become it; False if not."""
        changed = await self.run_update(
            update(Order)
            .where(Order.id == order_id, Order.status.in_(statuses_before(status)))
            .values(status=status)
        )
        return changed == 1

    async def select_totals_by_status(self) -> Sequence[Row[*tuple[Any, ...]]]:
        """Give status, number and sum of the orders of each status."""
        return (await self.session.execute(totals_by_status())).all()

    async def select_top_spenders(self, limit: int) -> Sequence[Row[*tuple[Any, ...]]]:
        """Give the users who have spent most."""
        return (await self.session.execute(top_spenders(limit))).all()

    async def select_best_sellers(self, limit: int) -> Sequence[Row[*tuple[Any, ...]]]:
        """Give the products with most units sold."""
        return (await self.session.execute(best_sellers(limit))).all()


class OrderItemDAO(DAO[OrderItem]):
    """Reads and writes order items."""

    model = OrderItem

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
        await self.insert_all(rows)


class NotificationDAO(DAO[Notification]):
    """Reads and writes notifications."""

    model = Notification
