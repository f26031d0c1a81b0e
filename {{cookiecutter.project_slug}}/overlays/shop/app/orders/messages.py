"""What users are told about their orders."""


def message_for(order_number: str) -> str:
    """Return what the user is told when an order is received."""
    return f"We have received your order {order_number}."
