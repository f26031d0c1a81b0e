"""Rows of the catalog's tables."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Row, delete, select, update

from app.catalog.models import Category, Product, ProductTag, Tag
from app.catalog.queries import (
    WITH_CATEGORY_AND_TAGS,
    ancestors_of,
    low_in_stock,
    matching,
    price_statistics,
)
from app.catalog.schemas import LowStockQuery, ProductQuery
from app.database.dao import DAO
from app.fields import LARGEST_INTEGER
from app.pagination import Page, Slice, fetch


class CategoryDAO(DAO[Category]):
    """Reads and writes categories."""

    model = Category

    async def select_all(self) -> Sequence[Category]:
        """Give all categories, by name."""
        statement = select(Category).order_by(Category.name, Category.id)
        return (await self.session.scalars(statement)).all()

    async def select_ancestor_ids(self, category_id: int) -> Sequence[int]:
        """Give the ids of a category and of all above it."""
        return (await self.session.scalars(ancestors_of(category_id))).all()

    async def select_statistics(self) -> Sequence[Row[*tuple[Any, ...]]]:
        """Give the price statistics of each category."""
        return (await self.session.execute(price_statistics())).all()


class TagDAO(DAO[Tag]):
    """Reads and writes tags."""

    model = Tag

    async def ids_of(self, names: Iterable[str]) -> list[int]:
        """Give the ids of tags by name; insert those that are new."""
        wanted = sorted(names)
        found = await self.session.scalars(select(Tag).where(Tag.name.in_(wanted)))
        tags = {tag.name: tag for tag in found}
        new = [Tag(name=name) for name in wanted if name not in tags]
        self.session.add_all(new)
        await self.session.flush()
        return [tag.id for tag in (*tags.values(), *new)]


class ProductTagDAO(DAO[ProductTag]):
    """Reads and writes which product has which tag."""

    model = ProductTag

    async def replace(self, product_id: int, tag_ids: Iterable[int]) -> None:
        """Give a product these tags and no others."""
        await self.session.execute(
            delete(ProductTag).where(ProductTag.product_id == product_id)
        )
        rows = [{"product_id": product_id, "tag_id": tag_id} for tag_id in tag_ids]
        if rows:
            await self.insert_all(rows)


class ProductDAO(DAO[Product]):
    """Reads and writes products."""

    model = Product

    async def get_full(self, product_id: int) -> Product | None:
        """Give a product with its category and tags, or None."""
        return await self.session.get(
            Product,
            product_id,
            options=WITH_CATEGORY_AND_TAGS,
            populate_existing=True,
        )

    async def select_page(self, query: ProductQuery) -> Page[Product] | Slice[Product]:
        """Give a page or slice of the products that match."""
        return await fetch(self.session, matching(query), Product, query)

    async def select_low_stock(
        self,
        query: LowStockQuery,
    ) -> Page[Product] | Slice[Product]:
        """Give a page or slice of the active products that are low in stock."""
        return await fetch(self.session, low_in_stock(query.threshold), Product, query)

    async def select_by_ids(self, ids: Iterable[int]) -> dict[int, Product]:
        """Give products by id, as they now are in the database."""
        statement = select(Product).where(Product.id.in_(sorted(ids)))
        fresh = statement.execution_options(populate_existing=True)
        return {row.id: row for row in await self.session.scalars(fresh)}

    async def select_of_category(
        self,
        category_id: int,
        limit: int,
    ) -> Sequence[Product]:
        """Give the first products of a category, by name."""
        statement = select(Product).where(Product.category_id == category_id)
        first = statement.order_by(Product.name, Product.id).limit(limit)
        return (await self.session.scalars(first)).all()

    async def update_version(
        self,
        product_id: int,
        version: int,
        **values: object,
    ) -> bool:
        """Change columns of a product if it is at this version; False if it is not."""
        return await self.update_one(
            update(Product)
            .where(Product.id == product_id, Product.version == version)
            .values(**values, version=version + 1)
        )

    async def take_stock(self, product_id: int, quantity: int) -> bool:
        """Take from the stock of an active product; False if there is not enough."""
        return await self.update_one(
            update(Product)
            .where(
                Product.id == product_id,
                Product.is_active,
                Product.stock_quantity >= quantity,
            )
            .values(stock_quantity=Product.stock_quantity - quantity)
        )

    async def change_stock(self, product_id: int, change: int) -> bool:
        """Add to the stock or take from it; False where the result cannot be."""
        least, most = max(0, -change), min(LARGEST_INTEGER, LARGEST_INTEGER - change)
        return await self.update_one(
            update(Product)
            .where(
                Product.id == product_id, Product.stock_quantity.between(least, most)
            )
            .values(stock_quantity=Product.stock_quantity + change)
        )
