"""Rows of the catalog's tables."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import BigInteger, case, cast, delete, select, update
from sqlalchemy.exc import IntegrityError

from app.catalog.models import Category, Product, ProductTag, Tag
# {% if cookiecutter.database == "sqlite" %}
from app.catalog.tree import ANCESTORS, HEIGHT
# {% else %}
from app.catalog.tree import ALL_LOCKED, ANCESTORS, HEIGHT
# {% endif %}
from app.database.base import LARGEST_INTEGER
from app.database.dao import DAO
from app.errors import Retryable


@dataclass(frozen=True)
class CategoryRow:
    """A category as the table has it."""

    id: int
    name: str
    slug: str
    description: str | None
    parent_id: int | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True)
class TagRow:
    """A tag as the table has it."""

    id: int
    name: str


@dataclass(frozen=True)
class ProductTagRow:
    """Which product has which tag."""

    product_id: int
    tag_id: int


@dataclass(frozen=True)
class ProductRow:
    """What orders and editors need to know of a product."""

    id: int
    price: Decimal
    stock_quantity: int
    is_active: bool
    version: int


class CategoryDAO(DAO[CategoryRow]):
    """Reads and writes categories."""

    model = Category
    row = CategoryRow

    async def select_ancestor_ids(self, category_id: int) -> Sequence[int]:
        """Fetch the ids of a category and of all above it; none if it does not exist."""
        values = {"category_id": category_id}
        found = await self.connection.scalars(ANCESTORS, values)
        return found.all()

    async def select_height(self, category_id: int) -> int:
        """Count the levels from a category down."""
        values = {"category_id": category_id}
        return await self.connection.scalar(HEIGHT, values) or 0
    # {% if cookiecutter.database != "sqlite" %}

    async def lock_all(self) -> None:
        """Keep others from moving categories until the commit."""
        await self.connection.execute(ALL_LOCKED)
    # {% endif %}


class TagDAO(DAO[TagRow]):
    """Reads and writes tags."""

    model = Tag
    row = TagRow

    async def ensure(self, names: Iterable[str]) -> list[TagRow]:
        """Fetch tags by name; insert those that are new.

        Raises Retryable when another transaction inserts one of them, too.
        """
        wanted = sorted(names)
        tags = await self._select_named(wanted)
        missing = {*wanted}.difference(tag.name for tag in tags)
        if not missing:
            return tags
        try:
            await self.insert_all([{"name": name} for name in sorted(missing)])
        except IntegrityError as error:
            raise Retryable("Another request brings the same new tag.") from error
        return await self._select_named(wanted)

    async def _select_named(self, names: Sequence[str]) -> list[TagRow]:
        return await self.fetch_all(select(*self.columns).where(Tag.name.in_(names)))


class ProductTagDAO(DAO[ProductTagRow]):
    """Reads and writes which product has which tag."""

    model = ProductTag
    row = ProductTagRow

    async def replace(self, product_id: int, tags: Iterable[TagRow]) -> None:
        """Set the tags of a product: these and no others."""
        await self.connection.execute(
            delete(ProductTag).where(ProductTag.product_id == product_id)
        )
        rows = [{"product_id": product_id, "tag_id": tag.id} for tag in tags]
        if rows:
            await self.insert_all(rows)


class ProductDAO(DAO[ProductRow]):
    """Reads and writes products."""

    model = Product
    row = ProductRow

    async def lock(self, ids: Iterable[int]) -> dict[int, ProductRow]:
        """Fetch products by id, and keep others from changing them until the commit.

        Locks in the order of ids, so that two transactions never wait for each other.
        """
        chosen = select(*self.columns).where(Product.id.in_(ids)).order_by(Product.id)
        # {% if cookiecutter.database == "sqlite" %}
        # SQLite has no row locks and needs none: a transaction holds the write lock.
        rows = await self.fetch_all(chosen)
        # {% else %}
        rows = await self.fetch_all(chosen.with_for_update())
        # {% endif %}
        return {row.id: row for row in rows}

    async def update_version(
        self, product_id: int, version: int, **values: object
    ) -> bool:
        """Change columns of a product if it is at this version; False if it is not."""
        changed = await self.count_updated(
            update(Product)
            .where(Product.id == product_id, Product.version == version)
            .values(**values, version=version + 1)
        )
        return changed == 1

    async def change_stock(self, changes: Mapping[int, int]) -> bool:
        """Add to the stock of products, or take from it, all in one statement.

        Returns False if some product is missing or its stock cannot be what it would
        be; roll back then, since the others have been changed.
        """
        change = case(dict(changes), value=Product.id)
        # The sum may leave the column's range, to be refused by the condition.
        stock = Product.stock_quantity + cast(change, BigInteger)
        changed = await self.count_updated(
            update(Product)
            .where(Product.id.in_(changes), stock.between(0, LARGEST_INTEGER))
            .values(stock_quantity=stock)
        )
        return changed == len(changes)
