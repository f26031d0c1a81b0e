"""What the routes of orders are given."""

from typing import Annotated

from fastapi import Depends

from app.dependencies import given
from app.orders.queries import OrderQueries
from app.orders.service import OrderService

OrderQueriesDep = Annotated[OrderQueries, Depends(given(OrderQueries))]
OrderServiceDep = Annotated[OrderService, Depends(given(OrderService))]
