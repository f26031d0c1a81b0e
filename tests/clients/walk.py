"""From a category to a confirmed order, with the client that openapi-python-client makes.

Run as ``python walk.py URL``, where ``shop_client`` can be imported.
"""

import sys

from shop_client import Client
from shop_client.api.categories import create_category
from shop_client.api.orders import change_order_status, get_order, list_orders, place_order
from shop_client.api.products import change_stock, create_product, get_product
from shop_client.api.users import create_user, list_users
from shop_client.models import (
    CategoryCreate,
    CategoryRead,
    ConflictProblem,
    Count,
    ListOrdersSort,
    OrderLine,
    OrderPlace,
    OrderRead,
    OrderStatus,
    PageOrderBrief,
    PageUserRead,
    Problem,
    ProductCreate,
    ProductRead,
    StatusChange,
    StockChange,
    StockProblem,
    UserCreate,
    UserRead,
    ValidationProblem,
)

UNKNOWN = 2**31 - 1  # an id that no row has


def main(url: str) -> None:
    """Take the steps, then provoke each kind of problem."""
    with Client(base_url=url, raise_on_unexpected_status=True) as client:
        category = make_category(client)
        product = make_product(client, category)
        user = make_user(client)
        order = make_order(client, user, product)
        confirm(client, order)
        expect_not_found(client)
        expect_taken(client, category)
        expect_out_of_stock(client, user, product)
        expect_invalid(client, category)


def make_category(client: Client) -> CategoryRead:
    """Create a category."""
    body = CategoryCreate(name="Tea", slug="tea")
    category = create_category.sync(client=client, body=body)
    assert isinstance(category, CategoryRead), category
    return category


def make_product(client: Client, category: CategoryRead) -> ProductRead:
    """Create a product and put some of it into stock."""
    body = ProductCreate(
        name="Assam",
        slug="assam",
        sku="TEA-1",
        price="4.50",
        category_id=category.id,
        tags=["black"],
    )
    product = create_product.sync(client=client, body=body)
    assert isinstance(product, ProductRead), product
    assert (product.price, product.category.name, product.tags) == ("4.50", "Tea", ["black"])
    stocked = change_stock.sync(product.id, client=client, body=StockChange(change=5))
    assert isinstance(stocked, ProductRead), stocked
    assert stocked.stock_quantity == 5
    return stocked


def make_user(client: Client) -> UserRead:
    """Create a user, and find them in the list."""
    body = UserCreate(username="ada", email="ada@example.com", password="correct horse")
    user = create_user.sync(client=client, body=body)
    assert isinstance(user, UserRead), user
    page = list_users.sync(client=client, search="ada", count=Count.EXACT)
    assert isinstance(page, PageUserRead), page
    assert (page.items, page.total, page.has_next, page.next_) == ([user], 1, False, None)
    return user


def make_order(client: Client, user: UserRead, product: ProductRead) -> OrderRead:
    """Order two of the product."""
    lines = [OrderLine(product_id=product.id, quantity=2)]
    body = OrderPlace(user_id=user.id, items=lines)
    order = place_order.sync(client=client, body=body)
    assert isinstance(order, OrderRead), order
    assert (order.status, order.total_amount) == (OrderStatus.PENDING, "9.00")
    return order


def confirm(client: Client, order: OrderRead) -> None:
    """Confirm the order, and find it among those that are."""
    body = StatusChange(status=OrderStatus.CONFIRMED)
    confirmed = change_order_status.sync(order.id, client=client, body=body)
    assert isinstance(confirmed, OrderRead), confirmed
    assert confirmed.status is OrderStatus.CONFIRMED
    page = list_orders.sync(
        client=client, status=OrderStatus.CONFIRMED, sort=ListOrdersSort.CREATED_AT_DESC
    )
    assert isinstance(page, PageOrderBrief), page
    assert [each.id for each in page.items] == [order.id]


def expect_not_found(client: Client) -> None:
    """Get an order that does not exist: a 404."""
    problem = get_order.sync(UNKNOWN, client=client)
    assert isinstance(problem, Problem), problem
    assert (problem.status, problem.title) == (404, "Not Found")
    assert str(UNKNOWN) in problem.detail


def expect_taken(client: Client, category: CategoryRead) -> None:
    """Create a category with the slug of another: a 409 that names the field."""
    body = CategoryCreate(name="More tea", slug=category.slug)
    problem = create_category.sync(client=client, body=body)
    assert isinstance(problem, ConflictProblem), problem
    assert (problem.status, problem.fields) == (409, ["slug"])


def expect_out_of_stock(client: Client, user: UserRead, product: ProductRead) -> None:
    """Order more than the stock: a 409 that names the product and takes nothing."""
    lines = [OrderLine(product_id=product.id, quantity=100)]
    body = OrderPlace(user_id=user.id, items=lines)
    problem = place_order.sync(client=client, body=body)
    assert isinstance(problem, StockProblem), problem
    assert (problem.status, problem.product_id) == (409, product.id)
    left = get_product.sync(product.id, client=client)
    assert isinstance(left, ProductRead), left
    assert left.stock_quantity == 3


def expect_invalid(client: Client, category: CategoryRead) -> None:
    """Create a product with an invalid price: a 422 that names the field."""
    body = ProductCreate(name="Air", slug="air", sku="A-1", price="free", category_id=category.id)
    problem = create_product.sync(client=client, body=body)
    assert isinstance(problem, ValidationProblem), problem
    [error] = problem.errors
    assert (problem.status, error.field) == (422, "body.price")
    assert error.message


if __name__ == "__main__":
    main(sys.argv[1])
