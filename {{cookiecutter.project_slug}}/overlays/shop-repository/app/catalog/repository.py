"""The catalog, as collections."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Row, select

from app.catalog.models import Category, Product, Tag
from app.catalog.queries import (
    WITH_CATEGORY_AND_TAGS,
    ancestors_of,
    low_in_stock,
    matching,
    price_statistics,
)
from app.catalog.schemas import LowStockQuery, ProductQuery
from app.database.repository import Repository
from app.pagination import Page, Slice, fetch


class CategoryRepository(Repository[Category]):
    """All categories."""

    aggregate = Category

    async def all(self) -> Sequence[Category]:
        """Give all categories, by name."""
        statement = select(Category).order_by(Category.name, Category.id)
        return (await self._session.scalars(statement)).all()

    async def is_below(self, category_id: int, other_id: int) -> bool:
        """Say whether a category is the other one, or anywhere below it."""
        above = await self._session.scalars(ancestors_of(category_id))
        return other_id in above.all()

    async def statistics(self) -> Sequence[Row[*tuple[Any, ...]]]:
        """Give the price statistics of each category."""
        return (await self._session.execute(price_statistics())).all()


class TagRepository(Repository[Tag]):
    """All tags."""

    aggregate = Tag

    async def named(self, names: Iterable[str]) -> list[Tag]:
        """Give tags by name; those that are new join the collection."""
        wanted = sorted(names)
        found = await self._session.scalars(select(Tag).where(Tag.name.in_(wanted)))
        tags = {tag.name: tag for tag in found}
        for name in wanted:
            if name not in tags:
                tags[name] = Tag(name=name)
                self.add(tags[name])
        return [tags[name] for name in wanted]


class ProductRepository(Repository[Product]):
    """All products, each with its category and tags."""

    aggregate = Product

    async def get(self, aggregate_id: int) -> Product | None:
        """Give the product with this id, or None."""
        return await self._session.get(
            Product,
            aggregate_id,
            options=WITH_CATEGORY_AND_TAGS,
            populate_existing=True,  # it may be in memory without its category
        )

    async def lock(self, ids: Iterable[int]) -> dict[int, Product]:
        """Give products by id, and keep others from changing them until the commit.

        Locks in the order of ids, so that two units of work never wait for each other.
        """
        statement = select(Product).where(Product.id.in_(ids)).order_by(Product.id)
        # {% if cookiecutter.database == "sqlite" %}
        # SQLite has no row locks, and needs none: a unit of work holds the write lock.
        locked = statement.execution_options(populate_existing=True)
        # {% else %}
        locked = statement.with_for_update().execution_options(populate_existing=True)
        # {% endif %}
        found = await self._session.scalars(locked)
        return {product.id: product for product in found}

    async def page(self, query: ProductQuery) -> Page[Product] | Slice[Product]:
        """Give a page or slice of the products that match."""
        return await fetch(self._session, matching(query), Product, query)

    async def low_in_stock(
        self,
        query: LowStockQuery,
    ) -> Page[Product] | Slice[Product]:
        """Give a page or slice of the active products that are low in stock."""
        return await fetch(self._session, low_in_stock(query.threshold), Product, query)

    async def first_of(self, category: Category, limit: int) -> Sequence[Product]:
        """Give the first products of a category, by name."""
        statement = select(Product).where(Product.category_id == category.id)
        first = statement.order_by(Product.name, Product.id).limit(limit)
        return (await self._session.scalars(first)).all()
