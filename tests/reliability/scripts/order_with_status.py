"""Insert an order that has a status, or delete all orders where none is named."""

import sys
from typing import Any

from app.database.base import utc_now
from app.orders.models import Order
from app.orders.status import OrderStatus
from app.users.models import User
from sqlalchemy import delete, insert, select

from .common import opened, report, run


def user() -> dict[str, Any]:
    """Make the user who orders."""
    return {"username": "ann", "email": "ann@example.com", "hashed_password": "none"}


def order(user_id: int, status: str) -> dict[str, Any]:
    """Make an order of the user."""
    values = {"order_number": "1", "total_amount": 0, "created_at": utc_now()}
    return {**values, "user_id": user_id, "status": OrderStatus[status]}


async def main() -> None:
    """Insert the order and its user, or delete them."""
    async with opened() as database, database.session() as session:
        if sys.argv[2:]:
            await session.execute(insert(User), [user()])
            user_id = (await session.scalars(select(User.id))).one()
            await session.execute(insert(Order), [order(user_id, sys.argv[2])])
        else:
            await session.execute(delete(Order))
            await session.execute(delete(User))
        await session.commit()
    report(None)


if __name__ == "__main__":
    run(main)
