"""The rules of orders and products; no database."""

from decimal import Decimal

import pytest

from app.catalog.models import Product
from app.errors import Conflict
from app.orders.models import Order
from app.orders.status import OrderStatus


def make_product(product_id: int = 1, stock: int = 5, price: str = "0.10") -> Product:
    return Product(
        id=product_id,
        price=Decimal(price),
        stock_quantity=stock,
        is_active=True,
        version=1,
    )


def test_an_order_begins_empty() -> None:
    order = Order.begin(user_id=1)

    assert order.status is OrderStatus.PENDING
    assert order.items == []
    assert order.total_amount == 0


def test_order_numbers_differ() -> None:
    assert Order.begin(1).order_number != Order.begin(1).order_number


def test_adding_takes_stock_and_adds_up() -> None:
    product, order = make_product(), Order.begin(user_id=1)

    order.add(product, 3)

    assert product.stock_quantity == 2
    assert order.total_amount == Decimal("0.30")
    assert order.items[0].unit_price == Decimal("0.10")


def test_more_than_the_stock_cannot_be_added() -> None:
    product, order = make_product(stock=2), Order.begin(user_id=1)

    with pytest.raises(Conflict, match="stock of 2"):
        order.add(product, 3)

    assert product.stock_quantity == 2
    assert order.items == []


def test_what_is_not_for_sale_cannot_be_added() -> None:
    product = make_product()
    product.is_active = False

    with pytest.raises(Conflict, match="not for sale"):
        Order.begin(user_id=1).add(product, 1)


@pytest.mark.parametrize("status", list(OrderStatus))
def test_a_delivered_order_stays_delivered(status: OrderStatus) -> None:
    order = Order.begin(user_id=1)
    for step in (OrderStatus.CONFIRMED, OrderStatus.SHIPPED, OrderStatus.DELIVERED):
        order.transition_to(step)

    with pytest.raises(Conflict):
        order.transition_to(status)


def test_cancelling_returns_the_stock_once() -> None:
    product, order = make_product(), Order.begin(user_id=1)
    order.add(product, 3)

    order.cancel({product.id: product})
    with pytest.raises(Conflict):
        order.cancel({product.id: product})

    assert product.stock_quantity == 5


def test_an_edit_of_an_old_version_is_refused() -> None:
    product = make_product()

    product.edit(version=1, price=Decimal(2))
    with pytest.raises(Conflict, match="at version 2"):
        product.edit(version=1, price=Decimal(3))

    assert product.price == 2
