"""Insert an order that has a status, or delete all orders where none is named."""

import sys
from typing import Any

from app.orders.models import Order
from app.orders.status import OrderStatus
from app.users.models import User
from sqlalchemy import delete

from .common import insert_row, opened, report, run

ANN = {"username": "ann", "email": "ann@example.com", "hashed_password": "none"}
ORDER = {"order_number": "1", "total_amount": 0}


async def insert_order(transaction: Any, status: OrderStatus) -> None:
    """Insert an order that has the status, and the user who ordered."""
    user_id = await insert_row(transaction, User, **ANN)
    await insert_row(transaction, Order, **ORDER, user_id=user_id, status=status)


async def delete_all(transaction: Any) -> None:
    """Delete all orders and users."""
    await transaction.execute(delete(Order))
    await transaction.execute(delete(User))


async def main() -> None:
    """Insert the order, or delete all."""
    async with opened() as database:
        if sys.argv[2:]:
            await database.transaction(insert_order, OrderStatus[sys.argv[2]])
        else:
            await database.transaction(delete_all)
    report(None)


if __name__ == "__main__":
    run(main)
