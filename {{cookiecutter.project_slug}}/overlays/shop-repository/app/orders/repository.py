"""The orders of the shop, as a collection."""

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.database.repository import Repository
from app.orders.models import Notification, Order


class OrderRepository(Repository[Order]):
    """All orders, each with its items."""

    aggregate = Order
    # A join repeats the order for each item, but is one round trip.
    loads = (joinedload(Order.items),)

    async def lock(self, order_id: int) -> Order | None:
        """Load an order, and keep others from changing it until the commit."""
        statement = select(Order).where(Order.id == order_id).options(*self.loads)
        # {% if cookiecutter.database == "sqlite" %}
        # SQLite has no row locks and needs none: a transaction holds the write lock.
        locked = statement.execution_options(populate_existing=True)
        # {% else %}
        locked = statement.with_for_update(of=Order).execution_options(
            populate_existing=True
        )
        # {% endif %}
        found = await self.session.scalars(locked)
        return found.unique().one_or_none()


class NotificationRepository(Repository[Notification]):
    """All messages that are to be sent."""

    aggregate = Notification
