"""What the shop does with its catalog: one method, one unit of work."""

from collections.abc import Sequence
from typing import Any

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
from app.errors import found
from app.unit_of_work import UnitOfWork, unit_of_work


class CategoryService:
    """The use cases of categories."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @retried
    async def create(self, data: CategoryCreate) -> Category:
        """Create a category. Raises NotFound for its parent, Conflict for slug or depth."""
        async with unit_of_work(self._database) as uow:
            if data.parent_id is not None:
                check_place(None, await _ancestors(uow, data.parent_id), height=1)
            category = Category(**data.model_dump())
            uow.categories.add(category)
            await uow.commit()
        return category

    @retried
    async def update(self, category_id: int, data: CategoryUpdate) -> Category:
        """Change what was sent. Raises NotFound, and Conflict for its slug or place."""
        changes = data.model_dump(exclude_unset=True)
        async with unit_of_work(self._database) as uow:
            category = await _category(uow, category_id)
            if (parent_id := changes.get("parent_id")) is not None:
                # {% if cookiecutter.database != "sqlite" %}
                await uow.categories.lock_all()
                # {% endif %}
                ancestors = await _ancestors(uow, parent_id)
                height = await uow.categories.height(category_id)
                check_place(category_id, ancestors, height)
            category.change(**changes)
            await uow.commit()
        return category

    @retried
    async def delete(self, category_id: int) -> None:
        """Delete a category. Raises NotFound, and Conflict while it has products."""
        async with unit_of_work(self._database) as uow:
            await uow.categories.remove(await _category(uow, category_id))
            await uow.commit()


class ProductService:
    """The use cases of products."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @retried
    async def create(self, data: ProductCreate) -> Product:
        """Create a product. Raises NotFound for its category, Conflict for its names."""
        async with unit_of_work(self._database) as uow:
            product = Product(
                **data.model_dump(exclude={"tags", "category_id"}),
                category=await _category(uow, data.category_id),
                tags=await uow.tags.named(data.tags),
            )
            uow.products.add(product)
            await uow.commit()
        return product

    @retried
    async def update(self, product_id: int, data: ProductUpdate) -> Product:
        """Change what was sent. Raises NotFound, and Conflict for an old version."""
        changes: dict[str, Any] = data.model_dump(
            exclude_unset=True, exclude={"version", "tags", "category_id"}
        )
        async with unit_of_work(self._database) as uow:
            product = await _product(uow, product_id)
            if data.category_id is not None:
                changes["category"] = await _category(uow, data.category_id)
            if data.tags is not None:
                changes["tags"] = await uow.tags.named(data.tags)
            product.edit(data.version, **changes)
            await uow.commit()
        return product

    @retried
    async def delete(self, product_id: int) -> None:
        """Delete a product. Raises NotFound, and Conflict if it was ever ordered."""
        async with unit_of_work(self._database) as uow:
            await uow.products.remove(await _product(uow, product_id))
            await uow.commit()

    @retried
    async def change_stock(self, product_id: int, change: int) -> Product:
        """Add to stock or take from it. Raises NotFound, and Conflict if it cannot be."""
        async with unit_of_work(self._database) as uow:
            await uow.products.lock([product_id])
            product = await _product(uow, product_id)
            product.change_stock(change)
            await uow.commit()
        return product


async def _category(uow: UnitOfWork, category_id: int) -> Category:
    category = await uow.categories.get(category_id)
    return found(category, "category", category_id)


async def _ancestors(uow: UnitOfWork, category_id: int) -> Sequence[int]:
    ancestors = await uow.categories.ancestor_ids(category_id)
    return found(ancestors or None, "category", category_id)


async def _product(uow: UnitOfWork, product_id: int) -> Product:
    return found(await uow.products.get(product_id), "product", product_id)
