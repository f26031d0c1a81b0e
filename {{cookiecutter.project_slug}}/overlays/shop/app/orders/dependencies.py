"""What the routes of orders are given."""

from typing import Annotated

from fastapi import Depends

from app.dependencies import DatabaseDep
from app.orders.service import OrderService


async def get_order_service(database: DatabaseDep) -> OrderService:
    return OrderService(database)


OrderServiceDep = Annotated[OrderService, Depends(get_order_service)]
