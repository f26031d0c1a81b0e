"""What clients send and receive about orders."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Row

from app.http.fields import Id, Reference, StrictInt, example
from app.lists.page import PageQuery
from app.orders.status import OrderStatus


class OrderLine(BaseModel):
    product_id: Reference
    quantity: Annotated[StrictInt, Field(ge=1, le=10_000)]


class OrderPlace(BaseModel):
    """A product that is named twice is ordered once, with both quantities."""

    model_config = example({"user_id": 1, "items": [{"product_id": 1, "quantity": 2}]})

    user_id: Reference
    items: Annotated[list[OrderLine], Field(min_length=1, max_length=100)]

    def quantities(self) -> dict[int, int]:
        """Return the quantity of each product, in the order of product ids."""
        quantities: dict[int, int] = {}
        for line in sorted(self.items, key=lambda line: line.product_id):
            quantities.setdefault(line.product_id, 0)
            quantities[line.product_id] += line.quantity
        return quantities


# {% if cookiecutter.auth != "none" %}
class OwnOrder(BaseModel):
    """An order for oneself."""

    model_config = example({"items": [{"product_id": 1, "quantity": 2}]})

    items: Annotated[list[OrderLine], Field(min_length=1, max_length=100)]


# {% endif %}
class OrderItemRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    product_id: int
    quantity: int
    unit_price: Decimal
    total_price: Decimal


class OrderBrief(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    order_number: str
    user_id: int
    status: OrderStatus
    total_amount: Decimal
    created_at: datetime
    updated_at: datetime


class OrderRead(OrderBrief):
    items: list[OrderItemRead]


class StatusChange(BaseModel):
    model_config = example({"status": "confirmed"})

    status: OrderStatus


class OrderQuery(PageQuery):
    user_id: Id | None = None
    status: OrderStatus | None = None
    sort: Literal["id", "-id", "created_at", "-created_at", "-total_amount"] = "id"


class UserOrderQuery(PageQuery):
    sort: Literal["id", "-id"] = "-id"


class OrderStats(BaseModel):
    """All orders; the revenue leaves out what was cancelled."""

    count: int
    revenue: Decimal
    by_status: dict[OrderStatus, int]

    @classmethod
    def from_totals(cls, rows: Sequence[Row[OrderStatus, int, Decimal]]) -> Self:
        """Take status, number and sum of the orders of each status."""
        cancelled = OrderStatus.CANCELLED
        paid = [total for status, _, total in rows if status is not cancelled]
        return cls(
            count=sum(number for _, number, _ in rows),
            revenue=sum(paid, Decimal(0)),
            by_status={status: number for status, number, _ in rows},
        )


class TopSpender(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    user_id: int
    username: str
    orders: int
    spent: Decimal


class BestSeller(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    product_id: int
    name: str
    sku: str
    units_sold: int


Limit = Annotated[int, Field(ge=1, le=100)]
