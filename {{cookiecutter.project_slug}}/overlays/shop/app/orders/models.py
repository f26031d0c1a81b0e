# {% if cookiecutter.data_access == "repository" %}
"""The order aggregate: an order, its items and their rules."""

import secrets
from collections.abc import Mapping
from decimal import Decimal

# {% else %}
"""The tables of orders."""

from decimal import Decimal

# {% endif %}
from sqlalchemy import CheckConstraint, ForeignKey, Index, String
# {% if cookiecutter.data_access == "repository" %}
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.catalog.models import Product
from app.database.base import AnyTable, Base, Timestamps, utc_now
from app.database.enums import enum_type
from app.database.types import Money, Numeric
from app.errors import Conflict
from app.orders.status import TRANSITIONS, OrderStatus
# {% else %}
from sqlalchemy.orm import Mapped, mapped_column

from app.database.base import AnyTable, Base, Timestamps
from app.database.enums import enum_type
from app.database.types import Money, Numeric
from app.orders.status import OrderStatus
# {% endif %}


class Order(Timestamps, Base):
    """What a user has ordered."""

    __tablename__ = "orders"
    __table_args__ = (Index(None, "user_id", "status"),)

    order_number: Mapped[str] = mapped_column(String(40), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))
    status: Mapped[OrderStatus] = mapped_column(
        enum_type(OrderStatus, "status"), default=OrderStatus.PENDING
    )
    total_amount: Mapped[Money]
    # {% if cookiecutter.data_access == "repository" %}

    items: Mapped[list["OrderItem"]] = relationship(
        cascade="all, delete-orphan",
        passive_deletes=True,
        order_by="OrderItem.product_id",
        lazy="raise",
    )

    @classmethod
    def begin(cls, user_id: int) -> "Order":
        """Begin an order of a user, with no items yet."""
        return cls(
            order_number=new_order_number(),
            user_id=user_id,
            status=OrderStatus.PENDING,
            total_amount=Decimal(0),
            items=[],
        )

    def add(self, product: Product, quantity: int) -> None:
        """Take a product from stock into the order. Raises Conflict if that cannot be."""
        product.take_stock(quantity)
        item = OrderItem(
            product_id=product.id,
            quantity=quantity,
            unit_price=product.price,
            total_price=product.price * quantity,
        )
        self.items.append(item)
        self.total_amount += item.total_price

    def transition_to(self, status: OrderStatus) -> None:
        """Change the status. Raises Conflict where no transition leads to it."""
        if status not in TRANSITIONS[self.status]:
            raise Conflict(f"A {self.status} order cannot become {status}.")
        self.status = status

    def cancel(self, products: Mapping[int, Product]) -> None:
        """Cancel, and return the items to the stock of their products."""
        self.transition_to(OrderStatus.CANCELLED)
        for item in self.items:
            products[item.product_id].change_stock(item.quantity)
    # {% endif %}


class OrderItem(AnyTable):
    """A quantity of a product, at the price when it was ordered.

    An order holds a product once, so that the two are the key. Items with a generated
    key would be inserted one by one where the database returns none (RETURNING).
    """

    __tablename__ = "order_items"
    __table_args__ = (CheckConstraint("quantity > 0", "quantity_positive"),)

    order_id: Mapped[int] = mapped_column(
        ForeignKey("orders.id", ondelete="CASCADE"), primary_key=True
    )
    product_id: Mapped[int] = mapped_column(
        ForeignKey("products.id", ondelete="RESTRICT"), primary_key=True, index=True
    )
    quantity: Mapped[int]
    unit_price: Mapped[Decimal] = mapped_column(Numeric(10, 2))
    total_price: Mapped[Money]


class Notification(Timestamps, Base):
    """A message that is to be sent; another process sends and deletes it."""

    __tablename__ = "notifications"

    order_id: Mapped[int] = mapped_column(
        ForeignKey("orders.id", ondelete="CASCADE"), index=True
    )
    recipient: Mapped[str] = mapped_column(String(320))
    message: Mapped[str] = mapped_column(String(500))
# {% if cookiecutter.data_access == "repository" %}


def new_order_number() -> str:
    """Return a number that tells the time, in UTC, and is hard to guess."""
    return f"ORD-{utc_now():%Y%m%d%H%M%S}-{secrets.token_hex(4).upper()}"
# {% endif %}
