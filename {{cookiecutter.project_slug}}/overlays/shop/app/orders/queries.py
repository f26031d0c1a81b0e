"""What clients see of orders."""

from collections.abc import Sequence

from sqlalchemy import Integer, bindparam, func, select

from app.catalog.models import Product
from app.database.rows import AnyRow, Record, as_records, columns_for
from app.database.session import Database
from app.errors import found
from app.listing import Listing
from app.orders.models import Order, OrderItem
from app.orders.schemas import (
    OrderBrief,
    OrderItemRead,
    OrderQuery,
    OrderStats,
    UserOrderQuery,
)
from app.orders.status import OrderStatus
from app.pagination import Page, Slice
from app.users.models import User

# Built once: to build a statement takes longer than to send it.
ORDERS = select(*columns_for(OrderBrief, Order))
# A join repeats the order for each item, but is one round trip.
ORDER = (
    select(*columns_for(OrderBrief, Order), *columns_for(OrderItemRead, OrderItem))
    .outerjoin(OrderItem, OrderItem.order_id == Order.id)
    .where(Order.id == bindparam("order_id"))
    .order_by(OrderItem.product_id)
)
LISTED = Listing(
    ORDERS,
    Order,
    filters={
        "user_id": Order.user_id == bindparam("user_id"),
        "status": Order.status == bindparam("status"),
    },
)
CUSTOMER = select(User.id).where(User.id == bindparam("user_id"))

PAID = Order.status != OrderStatus.CANCELLED
LIMIT = bindparam("limit", type_=Integer)

TOTALS_BY_STATUS = select(
    Order.status, func.count(), func.sum(Order.total_amount)
).group_by(Order.status)

# A join, grouped and added up.
SPENT = func.sum(Order.total_amount).label("spent")
TOP_SPENDERS = (
    select(
        User.id.label("user_id"),
        User.username,
        func.count(Order.id).label("orders"),
        SPENT,
    )
    .join(Order, Order.user_id == User.id)
    .where(PAID)
    .group_by(User.id, User.username)
    .order_by(SPENT.desc(), User.id)
    .limit(LIMIT)
)

# A join with a grouped subquery.
SOLD = (
    select(OrderItem.product_id, func.sum(OrderItem.quantity).label("units_sold"))
    .join(Order, Order.id == OrderItem.order_id)
    .where(PAID)
    .group_by(OrderItem.product_id)
    .subquery()
)
BEST_SELLERS = (
    select(Product.id.label("product_id"), Product.name, Product.sku, SOLD.c.units_sold)
    .join(SOLD, SOLD.c.product_id == Product.id)
    .order_by(SOLD.c.units_sold.desc(), Product.id)
    .limit(LIMIT)
)


class OrderQueries:
    """Orders as their schemas read them. All raise Unavailable as sessions do."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, order_id: int) -> Record:
        """Give an order with its items. Raises NotFound."""
        rows = as_records(await self._database.fetch_all(ORDER, order_id=order_id))
        order = found(rows[0] if rows else None, "order", order_id)
        # Each row is the order and one of its items; of none, if it has no items.
        items = [row for row in rows if row["product_id"] is not None]
        return {**order, "items": items}

    async def page(self, query: OrderQuery) -> Page[Record] | Slice[Record]:
        """Give a page or slice of the orders that match, without their items."""
        return await LISTED.fetch(self._database, query)

    async def of_user(
        self,
        user_id: int,
        query: UserOrderQuery,
    ) -> Page[Record] | Slice[Record]:
        """Give a page or slice of the orders of a user. Raises NotFound."""
        user = await self._database.fetch_one(CUSTOMER, user_id=user_id)
        found(user, "user", user_id)
        return await self.page(OrderQuery(user_id=user_id, **query.model_dump()))

    async def statistics(self) -> OrderStats:
        """Count the orders, and add up those that were not cancelled."""
        return OrderStats.from_totals(await self._database.fetch_all(TOTALS_BY_STATUS))

    async def top_spenders(self, limit: int) -> Sequence[AnyRow]:
        """Give the users who have spent most."""
        return await self._database.fetch_all(TOP_SPENDERS, limit=limit)

    async def best_sellers(self, limit: int) -> Sequence[AnyRow]:
        """Give the products with most units sold."""
        return await self._database.fetch_all(BEST_SELLERS, limit=limit)
