"""What clients see of orders."""

from sqlalchemy import Integer, bindparam, func, select

from app.catalog.models import Product
from app.database.database import Database
from app.database.rows import Rows, columns_for, rows_as_dicts
from app.errors import ensure_found
from app.lists.listing import Listing
from app.lists.page import Page
from app.orders.models import Order, OrderItem
from app.orders.schemas import (
    BestSeller,
    OrderBrief,
    OrderItemRead,
    OrderQuery,
    OrderRead,
    OrderStats,
    TopSpender,
    UserOrderQuery,
)
from app.orders.status import OrderStatus
from app.users import queries as users
from app.users.models import User

# Built once: building a statement takes longer than sending it.
ORDERS = select(*columns_for(OrderBrief, Order))
# A join repeats the order for each item, but is one round trip.
ORDER = (
    select(
        *columns_for(OrderBrief, Order),
        *columns_for(OrderItemRead, OrderItem, field="item"),
    )
    .outerjoin(OrderItem, OrderItem.order_id == Order.id)
    .where(Order.id == bindparam("order_id"))
    .order_by(OrderItem.product_id)
)
ORDER_LIST = Listing(Page[OrderBrief], OrderQuery, ORDERS, Order)

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


async def get_order(database: Database, order_id: int) -> OrderRead:
    """Fetch an order with its items. Raises NotFound."""
    return order_of(order_id, await database.fetch_rows(ORDER, order_id=order_id))


def order_of(order_id: int, rows: Rows) -> OrderRead:
    """Return the order of the rows of ORDER. Raises NotFound where there is none."""
    dicts = rows_as_dicts(rows)
    order = ensure_found(dicts[0] if dicts else None, "order", order_id)
    # An order without items comes once, with NULL in place of an item.
    items = [row["item"] for row in dicts if row["item"]["product_id"] is not None]
    return OrderRead(**order, items=items)


async def list_orders(database: Database, query: OrderQuery) -> Page[OrderBrief]:
    """Fetch a page of the orders that match, without their items."""
    return await ORDER_LIST.fetch(database, query)


async def list_orders_of_user(
    database: Database, user_id: int, query: UserOrderQuery
) -> Page[OrderBrief]:
    """Fetch a page of the orders of a user. Raises NotFound."""
    await users.get_user(database, user_id)
    asked = OrderQuery(user_id=user_id, **query.model_dump())
    return await list_orders(database, asked)


async def order_statistics(database: Database) -> OrderStats:
    """Count the orders, and add up those that were not cancelled."""
    return OrderStats.from_totals(await database.fetch_rows(TOTALS_BY_STATUS))


async def top_spenders(database: Database, limit: int) -> list[TopSpender]:
    """Fetch the users who have spent most."""
    return await database.fetch_all(TopSpender, TOP_SPENDERS, limit=limit)


async def best_sellers(database: Database, limit: int) -> list[BestSeller]:
    """Fetch the products with most units sold."""
    return await database.fetch_all(BestSeller, BEST_SELLERS, limit=limit)
