"""What the shop does with its catalog: one method, one transaction."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog.dao import CategoryDAO, ProductDAO, ProductTagDAO, TagDAO
from app.catalog.models import Category, Product
from app.catalog.schemas import (
    CategoryCreate,
    CategoryUpdate,
    ProductCreate,
    ProductUpdate,
)
from app.catalog.tree import check_place
from app.database.retries import retried
from app.database.session import Database
from app.errors import Conflict, found


class CategoryService:
    """The use cases of categories."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @retried
    async def create(self, data: CategoryCreate) -> Category:
        """Create a category. Raises NotFound for its parent, Conflict for slug or depth."""
        async with self._database.session() as session:
            if data.parent_id is not None:
                check_place(None, await _ancestors(session, data.parent_id), height=1)
            category = await CategoryDAO(session).insert(**data.model_dump())
            await session.commit()
        return category

    @retried
    async def update(self, category_id: int, data: CategoryUpdate) -> Category:
        """Change what was sent. Raises NotFound, and Conflict for its slug or place."""
        values = data.model_dump(exclude_unset=True)
        async with self._database.session() as session:
            categories = CategoryDAO(session)
            await _category(session, category_id)
            if (parent_id := values.get("parent_id")) is not None:
                # {% if cookiecutter.database != "sqlite" %}
                await categories.lock_all()
                # {% endif %}
                ancestors = await _ancestors(session, parent_id)
                height = await categories.select_height(category_id)
                check_place(category_id, ancestors, height)
            await categories.update(category_id, **values)
            category = await _category(session, category_id)
            await session.commit()
        return category

    @retried
    async def delete(self, category_id: int) -> None:
        """Delete a category. Raises NotFound, and Conflict while it has products."""
        async with self._database.session() as session:
            await _category(session, category_id)
            await CategoryDAO(session).delete(category_id)
            await session.commit()


class ProductService:
    """The use cases of products."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @retried
    async def create(self, data: ProductCreate) -> Product:
        """Create a product. Raises NotFound for its category, Conflict for its names."""
        async with self._database.session() as session:
            await _category(session, data.category_id)
            values = data.model_dump(exclude={"tags"})
            product = await ProductDAO(session).insert(**values)
            await _set_tags(session, product.id, data.tags)
            product = await _full(session, product.id)
            await session.commit()
        return product

    @retried
    async def update(self, product_id: int, data: ProductUpdate) -> Product:
        """Change what was sent. Raises NotFound, and Conflict for an old version."""
        values: dict[str, Any] = data.model_dump(
            exclude_unset=True, exclude={"version", "tags"}
        )
        async with self._database.session() as session:
            products = ProductDAO(session)
            if "category_id" in values:
                await _category(session, values["category_id"])
            if not await products.update_version(product_id, data.version, **values):
                product = await _full(session, product_id)
                raise Conflict(
                    f"Product {product_id} is at version {product.version}; read it."
                )
            if data.tags is not None:
                await _set_tags(session, product_id, data.tags)
            product = await _full(session, product_id)
            await session.commit()
        return product

    @retried
    async def delete(self, product_id: int) -> None:
        """Delete a product. Raises NotFound, and Conflict if it was ever ordered."""
        async with self._database.session() as session:
            await _full(session, product_id)
            await ProductDAO(session).delete(product_id)
            await session.commit()

    @retried
    async def change_stock(self, product_id: int, change: int) -> Product:
        """Add to stock or take from it. Raises NotFound, and Conflict if it cannot be."""
        async with self._database.session() as session:
            changed = await ProductDAO(session).change_stock({product_id: change})
            product = await _full(session, product_id)
            if not changed:
                raise Conflict(
                    f"Product {product_id} has a stock of {product.stock_quantity}.",
                    product_id=product_id,
                )
            await session.commit()
        return product


async def _category(session: AsyncSession, category_id: int) -> Category:
    row = await CategoryDAO(session).get(category_id)
    return found(row, "category", category_id)


async def _ancestors(session: AsyncSession, category_id: int) -> Sequence[int]:
    ancestors = await CategoryDAO(session).select_ancestor_ids(category_id)
    return found(ancestors or None, "category", category_id)


async def _full(session: AsyncSession, product_id: int) -> Product:
    row = await ProductDAO(session).get_full(product_id)
    return found(row, "product", product_id)


async def _set_tags(session: AsyncSession, product_id: int, names: set[str]) -> None:
    tag_ids = await TagDAO(session).ids_of(names)
    await ProductTagDAO(session).replace(product_id, tag_ids)
