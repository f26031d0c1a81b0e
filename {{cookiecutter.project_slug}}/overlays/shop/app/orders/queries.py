"""Selects over orders."""

from decimal import Decimal

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import joinedload

from app.catalog.models import Product
from app.listing import Listing
from app.orders.models import Order, OrderItem
from app.orders.status import OrderStatus
from app.users.models import User

# Of one order: a join repeats the order for each item, but is one round trip.
WITH_ITEMS = (joinedload(Order.items),)

PAID = Order.status != OrderStatus.CANCELLED

# Without their items.
ORDERS = Listing(
    Order,
    filters={
        "user_id": Order.user_id == bindparam("user_id"),
        "status": Order.status == bindparam("status"),
    },
)


def totals_by_status() -> Select[OrderStatus, int, Decimal]:
    """Select number and sum of the orders of each status."""
    return select(Order.status, func.count(), func.sum(Order.total_amount)).group_by(
        Order.status
    )


def top_spenders(limit: int) -> Select[int, str, int, Decimal]:
    """Select the users who have spent most: a join, grouped and added up."""
    spent = func.sum(Order.total_amount).label("spent")
    return (
        select(
            User.id.label("user_id"),
            User.username,
            func.count(Order.id).label("orders"),
            spent,
        )
        .join(Order, Order.user_id == User.id)
        .where(PAID)
        .group_by(User.id, User.username)
        .order_by(spent.desc(), User.id)
        .limit(limit)
    )


def best_sellers(limit: int) -> Select[int, str, str, int]:
    """Select the products with most units sold: a join with a grouped subquery."""
    sold = (
        select(OrderItem.product_id, func.sum(OrderItem.quantity).label("units_sold"))
        .join(Order, Order.id == OrderItem.order_id)
        .where(PAID)
        .group_by(OrderItem.product_id)
        .subquery()
    )
    return (
        select(
            Product.id.label("product_id"), Product.name, Product.sku, sold.c.units_sold
        )
        .join(sold, sold.c.product_id == Product.id)
        .order_by(sold.c.units_sold.desc(), Product.id)
        .limit(limit)
    )
