"""The pages of the catalog and of orders."""

from typing import Any

from app.admin.rows import Key
from app.admin.tables import BY_VALUE, TableView
from app.auth.database import Transaction
from app.catalog import service as catalog
from app.catalog.models import Category, Product
from app.catalog.schemas import (
    CategoryCreate,
    CategoryUpdate,
    ProductCreate,
    ProductUpdate,
)
from app.orders import service as orders
from app.orders.models import Notification, Order, OrderItem
from app.orders.status import OrderStatus

# Of a product, in the order of the form.
DETAILS = (
    *("name", "slug", "sku", "description"),
    *("price", "category_id", "is_active"),
)


class CategoryView(TableView, model=Category):
    """Categories, which form a tree."""

    name_plural = "Categories"
    icon = "fa-solid fa-sitemap"
    column_list = ["id", "name", "slug", "parent_id"]
    column_sortable_list = ["id", "name", "parent_id"]
    column_searchable_list = ["name", "slug"]
    form_columns = ["name", "slug", "description", "parent_id"]

    async def insert_row(self, transaction: Transaction, values: dict[str, Any]) -> Key:
        data = CategoryCreate.model_validate(values)
        category = await catalog.create_category(transaction, data)
        return (category.id,)

    async def update_row(
        self, transaction: Transaction, key: Key, values: dict[str, Any]
    ) -> None:
        changes = CategoryUpdate.model_validate(values)
        await catalog.update_category(transaction, key[0], changes)

    async def delete_row(self, transaction: Transaction, key: Key) -> None:
        await catalog.delete_category(transaction, key[0])


class ProductView(TableView, model=Product):
    """Products. The version of the form refuses to overwrite somebody else's edit.

    The stock is set once; later it changes by what comes and goes, through the API.
    """

    icon = "fa-solid fa-box"
    column_labels = {"sku": "SKU"}
    column_list = ["id", "sku", "name", "price", "stock_quantity", "is_active"]
    column_sortable_list = ["id", "sku", "name", "price", "stock_quantity"]
    column_searchable_list = ["sku", "name", "slug"]
    form_columns = [*DETAILS, "stock_quantity", "version"]
    form_create_rules = [*DETAILS, "stock_quantity"]
    form_edit_rules = [*DETAILS, "version"]
    form_widget_args = {"version": {"readonly": True}}
    always_sent = frozenset({"version"})

    async def insert_row(self, transaction: Transaction, values: dict[str, Any]) -> Key:
        data = ProductCreate.model_validate(values)
        product = await catalog.create_product(transaction, data)
        return (product.id,)

    async def update_row(
        self, transaction: Transaction, key: Key, values: dict[str, Any]
    ) -> None:
        changes = ProductUpdate.model_validate(values)
        await catalog.update_product(transaction, key[0], changes)

    async def delete_row(self, transaction: Transaction, key: Key) -> None:
        await catalog.delete_product(transaction, key[0])


class OrderView(TableView, model=Order):
    """Orders, whose status changes as the service allows."""

    icon = "fa-solid fa-cart-shopping"
    can_create = False
    can_delete = False
    column_list = ["id", "order_number", "user_id", "status", "total_amount"]
    column_sortable_list = ["id", "user_id", "status", "total_amount"]
    column_searchable_list = ["order_number"]
    form_columns = ["status"]
    form_args = {"status": BY_VALUE}

    async def update_row(
        self, transaction: Transaction, key: Key, values: dict[str, Any]
    ) -> None:
        status = OrderStatus(values["status"])
        await orders.change_status(transaction, key[0], status)


class OrderItemView(TableView, model=OrderItem):
    """What was ordered, at the price of then."""

    icon = "fa-solid fa-list"
    can_create = False
    can_edit = False
    can_delete = False


class NotificationView(TableView, model=Notification):
    """Messages that wait to be sent."""

    icon = "fa-solid fa-envelope"
    can_create = False
    can_edit = False
    column_list = ["id", "order_id", "recipient", "created_at"]
    column_searchable_list = ["recipient"]


VIEWS: list[type[TableView]] = [
    CategoryView,
    ProductView,
    OrderView,
    OrderItemView,
    NotificationView,
]
