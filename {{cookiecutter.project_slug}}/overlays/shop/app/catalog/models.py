# {% if cookiecutter.data_access == "repository" %}
"""Categories, products and tags, and the rules of stock and of editing."""

from decimal import Decimal
from typing import Any

# {% else %}
"""The tables of the catalog."""

from decimal import Decimal

# {% endif %}
from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
)
# {% if cookiecutter.data_access == "repository" %}
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database.base import LARGEST_INTEGER, Base, Timestamps
from app.database.types import Numeric
from app.errors import Conflict
# {% else %}
from sqlalchemy.orm import Mapped, mapped_column

from app.database.base import Base, Timestamps
from app.database.types import Numeric
# {% endif %}


class Category(Timestamps, Base):
    """A shelf of the catalog; shelves form a tree."""

    __tablename__ = "categories"

    name: Mapped[str] = mapped_column(String(100))
    slug: Mapped[str] = mapped_column(String(120), unique=True)
    description: Mapped[str | None] = mapped_column(Text)
    parent_id: Mapped[int | None] = mapped_column(
        ForeignKey("categories.id", ondelete="SET NULL"), index=True
    )
    # {% if cookiecutter.data_access == "repository" %}

    def change(self, **changes: Any) -> None:
        """Change details of the category."""
        for name, value in changes.items():
            setattr(self, name, value)
    # {% endif %}


class Tag(Base):
    """A word that products are found by."""

    __tablename__ = "tags"

    name: Mapped[str] = mapped_column(String(50), unique=True)


class ProductTag(Base):
    """Which product has which tag."""

    __tablename__ = "product_tags"
    __table_args__ = (UniqueConstraint("product_id", "tag_id"),)

    product_id: Mapped[int] = mapped_column(
        ForeignKey("products.id", ondelete="CASCADE")
    )
    tag_id: Mapped[int] = mapped_column(
        ForeignKey("tags.id", ondelete="CASCADE"), index=True
    )


class Product(Timestamps, Base):
    """Something that can be ordered, as long as it is active and in stock."""

    __tablename__ = "products"
    __table_args__ = (
        UniqueConstraint("name", "category_id"),
        Index(None, "category_id", "price"),
        CheckConstraint("price > 0", "price_positive"),
        CheckConstraint("stock_quantity >= 0", "stock_quantity_not_negative"),
    )

    name: Mapped[str] = mapped_column(String(200))
    slug: Mapped[str] = mapped_column(String(220), unique=True)
    sku: Mapped[str] = mapped_column(String(50), unique=True)
    description: Mapped[str | None] = mapped_column(Text)
    price: Mapped[Decimal] = mapped_column(Numeric(10, 2))
    stock_quantity: Mapped[int] = mapped_column(default=0)
    is_active: Mapped[bool] = mapped_column(default=True)
    category_id: Mapped[int] = mapped_column(
        ForeignKey("categories.id", ondelete="RESTRICT")
    )
    version: Mapped[int] = mapped_column(default=1)
    # {% if cookiecutter.data_access == "repository" %}

    category: Mapped[Category] = relationship(lazy="raise")
    tags: Mapped[list[Tag]] = relationship(
        secondary="product_tags", order_by=Tag.name, lazy="raise", passive_deletes=True
    )

    # The version counts edits and not sales, so that an editor does not lose to a
    # customer; so it is counted here: https://docs.sqlalchemy.org/orm/versioning.html
    __mapper_args__ = {
        "version_id_col": version,
        "version_id_generator": False,
    }

    def edit(self, version: int, **changes: Any) -> None:
        """Change details, as seen at a version. Raises Conflict if it is an old one."""
        if version != self.version:
            raise Conflict(f"Product {self.id} is at version {self.version}; read it.")
        for name, value in changes.items():
            setattr(self, name, value)
        self.version += 1

    def take_stock(self, quantity: int) -> None:
        """Take from stock. Raises Conflict if it is not for sale or not enough."""
        if not self.is_active:
            raise Conflict(f"Product {self.id} is not for sale.", product_id=self.id)
        self.change_stock(-quantity)

    def change_stock(self, change: int) -> None:
        """Add to stock, or take from it. Raises Conflict if that cannot be."""
        if not 0 <= self.stock_quantity + change <= LARGEST_INTEGER:
            raise Conflict(
                f"Product {self.id} has a stock of {self.stock_quantity}.",
                product_id=self.id,
            )
        self.stock_quantity += change
    # {% endif %}
