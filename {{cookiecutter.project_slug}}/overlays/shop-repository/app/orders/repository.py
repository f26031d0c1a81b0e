"""The orders of the shop, as a collection."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, select

from app.database.repository import Repository
from app.orders.models import Notification, Order
from app.orders.queries import (
    ORDERS,
    WITH_ITEMS,
    best_sellers,
    top_spenders,
    totals_by_status,
)
from app.orders.schemas import OrderQuery
from app.pagination import Page, Slice


class OrderRepository(Repository[Order]):
    """All orders, each with its items."""

    aggregate = Order
    loads = WITH_ITEMS

    async def lock(self, order_id: int) -> Order | None:
        """Give an order, and keep others from changing it until the commit."""
        statement = select(Order).where(Order.id == order_id).options(*WITH_ITEMS)
        # {% if cookiecutter.database == "sqlite" %}
        # SQLite has no row locks, and needs none: a unit of work holds the write lock.
        locked = statement.execution_options(populate_existing=True)
        # {% else %}
        locked = statement.with_for_update(of=Order).execution_options(
            populate_existing=True
        )
        # {% endif %}
        found = await self._session.scalars(locked)
        return found.unique().one_or_none()

    async def page(self, query: OrderQuery) -> Page[Order] | Slice[Order]:
        """Give a page or slice of the orders that match, without their items."""
        return await ORDERS.fetch(self._session, query)

    async def totals_by_status(self) -> Sequence[Row[*tuple[Any, ...]]]:
        """Give status, number and sum of the orders of each status."""
        return (await self._session.execute(totals_by_status())).all()

    async def top_spenders(self, limit: int) -> Sequence[Row[*tuple[Any, ...]]]:
        """Give the users who have spent most."""
        return (await self._session.execute(top_spenders(limit))).all()

    async def best_sellers(self, limit: int) -> Sequence[Row[*tuple[Any, ...]]]:
        """Give the products with most units sold."""
        return (await self._session.execute(best_sellers(limit))).all()


class NotificationRepository(Repository[Notification]):
    """All messages that are to be sent."""

    aggregate = Notification
