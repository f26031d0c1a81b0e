"""The statuses of an order, and the transitions between them."""

from enum import StrEnum


class OrderStatus(StrEnum):
    """The status of an order."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"


TRANSITIONS: dict[OrderStatus, frozenset[OrderStatus]] = {
    OrderStatus.PENDING: frozenset({OrderStatus.CONFIRMED, OrderStatus.CANCELLED}),
    OrderStatus.CONFIRMED: frozenset({OrderStatus.SHIPPED, OrderStatus.CANCELLED}),
    OrderStatus.SHIPPED: frozenset({OrderStatus.DELIVERED}),
    OrderStatus.DELIVERED: frozenset(),
    OrderStatus.CANCELLED: frozenset(),
}
# {% if cookiecutter.data_access == "dao" %}


def statuses_before(status: OrderStatus) -> list[OrderStatus]:
    """Return the statuses from which there is a transition to this one."""
    return [before for before, after in TRANSITIONS.items() if status in after]
# {% endif %}
