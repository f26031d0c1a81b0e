"""Imports every table, so that Alembic and the tests see the whole schema."""

# {% if cookiecutter.sample == "shop" %}
from app.catalog.models import Category, Product, ProductTag, Tag
from app.database.base import Base
from app.orders.models import Notification, Order, OrderItem
from app.users.models import User

__all__ = [
    "Category",
    "Notification",
    "Order",
    "OrderItem",
    "Product",
    "ProductTag",
    "Tag",
    "User",
    "metadata",
]
# {% else %}
from app.database.base import Base
from app.users.models import User

__all__ = ["User", "metadata"]
# {% endif %}

metadata = Base.metadata
