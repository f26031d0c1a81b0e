"""What is done with the catalog, each within a transaction of the caller."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog.models import Category, Product
from app.catalog.repository import CategoryRepository, ProductRepository, TagRepository
from app.catalog.schemas import (
    CategoryCreate,
    CategoryUpdate,
    ProductCreate,
    ProductUpdate,
)
from app.catalog.tree import check_place
from app.errors import ensure_found


async def create_category(session: AsyncSession, data: CategoryCreate) -> Category:
    """Create a category. Raises NotFound for its parent, Conflict for slug or depth."""
    if data.parent_id is not None:
        check_place(None, await _ancestors(session, data.parent_id), height=1)
    category = Category(**data.model_dump())
    CategoryRepository(session).add(category)
    await session.flush()
    return category


async def update_category(
    session: AsyncSession, category_id: int, data: CategoryUpdate
) -> Category:
    """Change what was sent. Raises NotFound, and Conflict for its slug or place."""
    category = await _category(session, category_id)
    if data.parent_id is not None:
        # {% if cookiecutter.database != "sqlite" %}
        await CategoryRepository(session).lock_all()
        # {% endif %}
        ancestors = await _ancestors(session, data.parent_id)
        height = await CategoryRepository(session).height(category_id)
        check_place(category_id, ancestors, height)
    category.change(**data.model_dump(exclude_unset=True))
    await session.flush()
    return category


async def delete_category(session: AsyncSession, category_id: int) -> None:
    """Delete a category. Raises NotFound, and Conflict while it has products."""
    category = await _category(session, category_id)
    await CategoryRepository(session).remove(category)


async def create_product(session: AsyncSession, data: ProductCreate) -> Product:
    """Create a product. Raises NotFound for its category, Conflict for its names."""
    product = Product(
        **data.model_dump(exclude={"tags", "category_id"}),
        category=await _category(session, data.category_id),
        tags=await TagRepository(session).named(data.tags),
    )
    ProductRepository(session).add(product)
    await session.flush()
    return product


async def update_product(
    session: AsyncSession, product_id: int, data: ProductUpdate
) -> Product:
    """Change what was sent. Raises NotFound, and Conflict for an old version."""
    changes: dict[str, Any] = data.model_dump(
        exclude_unset=True, exclude={"version", "tags", "category_id"}
    )
    product = await _product(session, product_id)
    if data.category_id is not None:
        changes["category"] = await _category(session, data.category_id)
    if data.tags is not None:
        changes["tags"] = await TagRepository(session).named(data.tags)
    product.edit(data.version, **changes)
    await session.flush()
    return product


async def delete_product(session: AsyncSession, product_id: int) -> None:
    """Delete a product. Raises NotFound, and Conflict if it was ever ordered."""
    product = await _product(session, product_id)
    await ProductRepository(session).remove(product)


async def change_stock(session: AsyncSession, product_id: int, change: int) -> Product:
    """Add to stock or take from it. Raises NotFound, and Conflict if it cannot be."""
    await ProductRepository(session).lock([product_id])
    product = await _product(session, product_id)
    product.change_stock(change)
    await session.flush()
    return product


async def _category(session: AsyncSession, category_id: int) -> Category:
    category = await CategoryRepository(session).get(category_id)
    return ensure_found(category, "category", category_id)


async def _ancestors(session: AsyncSession, category_id: int) -> Sequence[int]:
    ancestors = await CategoryRepository(session).ancestor_ids(category_id)
    return ensure_found(ancestors or None, "category", category_id)


async def _product(session: AsyncSession, product_id: int) -> Product:
    product = await ProductRepository(session).get(product_id)
    return ensure_found(product, "product", product_id)
