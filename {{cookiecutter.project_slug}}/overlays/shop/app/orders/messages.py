"""What users are told about their orders."""

from app.orders.models import Order


def message_for(order: Order) -> str:
    """Write what the user is told when an order is received."""
    return f"We have received your order {order.order_number}."
