"""What is done with the catalog, each within a transaction of the caller."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from app.catalog import queries
from app.catalog.dao import CategoryDAO, CategoryRow, ProductDAO, ProductTagDAO, TagDAO
from app.catalog.schemas import (
    CategoryCreate,
    CategoryUpdate,
    ProductCreate,
    ProductRead,
    ProductUpdate,
)
from app.catalog.tree import check_place
from app.database.rows import validate_rows
from app.errors import Conflict, ensure_found


async def create_category(
    connection: AsyncConnection, data: CategoryCreate
) -> CategoryRow:
    """Create a category. Raises NotFound for its parent, Conflict for slug or depth."""
    if data.parent_id is not None:
        check_place(None, await _ancestors(connection, data.parent_id), height=1)
    return await CategoryDAO(connection).insert(**data.model_dump())


async def update_category(
    connection: AsyncConnection, category_id: int, data: CategoryUpdate
) -> CategoryRow:
    """Change what was sent. Raises NotFound, and Conflict for its slug or place."""
    categories = CategoryDAO(connection)
    if data.parent_id is not None:
        await _check_category(connection, category_id)
        # {% if cookiecutter.database != "sqlite" %}
        await categories.lock_all()
        # {% endif %}
        ancestors = await _ancestors(connection, data.parent_id)
        height = await categories.select_height(category_id)
        check_place(category_id, ancestors, height)
    changes = data.model_dump(exclude_unset=True)
    category = await categories.update(category_id, **changes)
    return ensure_found(category, "category", category_id)


async def delete_category(connection: AsyncConnection, category_id: int) -> None:
    """Delete a category. Raises NotFound, and Conflict while it has products."""
    deleted = await CategoryDAO(connection).delete(category_id)
    ensure_found(deleted or None, "category", category_id)


async def create_product(
    connection: AsyncConnection, data: ProductCreate
) -> ProductRead:
    """Create a product. Raises NotFound for its category, Conflict for its names."""
    await _check_category(connection, data.category_id)
    product = await ProductDAO(connection).insert(**data.model_dump(exclude={"tags"}))
    await _set_tags(connection, product.id, data.tags)
    return await _product(connection, product.id)


async def update_product(
    connection: AsyncConnection, product_id: int, data: ProductUpdate
) -> ProductRead:
    """Change what was sent. Raises NotFound, and Conflict for an old version."""
    changes: dict[str, Any] = data.model_dump(
        exclude_unset=True, exclude={"version", "tags"}
    )
    if data.category_id is not None:
        await _check_category(connection, data.category_id)
    products = ProductDAO(connection)
    if not await products.update_version(product_id, data.version, **changes):
        product = await _product(connection, product_id)
        now = product.version
        raise Conflict(f"Product {product_id} is at version {now}; read it.")
    if data.tags is not None:
        await _set_tags(connection, product_id, data.tags)
    return await _product(connection, product_id)


async def delete_product(connection: AsyncConnection, product_id: int) -> None:
    """Delete a product. Raises NotFound, and Conflict if it was ever ordered."""
    deleted = await ProductDAO(connection).delete(product_id)
    ensure_found(deleted or None, "product", product_id)


async def change_stock(
    connection: AsyncConnection, product_id: int, change: int
) -> ProductRead:
    """Add to stock or take from it. Raises NotFound, and Conflict if it cannot be."""
    changed = await ProductDAO(connection).change_stock({product_id: change})
    product = await _product(connection, product_id)
    if not changed:
        stock = product.stock_quantity
        raise Conflict(
            f"Product {product_id} has a stock of {stock}.", product_id=product_id
        )
    return product


async def _check_category(connection: AsyncConnection, category_id: int) -> None:
    category = await CategoryDAO(connection).get(category_id)
    ensure_found(category, "category", category_id)


async def _ancestors(connection: AsyncConnection, category_id: int) -> Sequence[int]:
    ancestors = await CategoryDAO(connection).select_ancestor_ids(category_id)
    return ensure_found(ancestors or None, "category", category_id)


async def _product(connection: AsyncConnection, product_id: int) -> ProductRead:
    """Fetch a product as clients see it. Raises NotFound."""
    result = await connection.execute(queries.PRODUCT, {"product_id": product_id})
    products = validate_rows(ProductRead, result.all())
    return ensure_found(products[0] if products else None, "product", product_id)


async def _set_tags(
    connection: AsyncConnection, product_id: int, names: set[str]
) -> None:
    tags = await TagDAO(connection).ensure(names)
    await ProductTagDAO(connection).replace(product_id, tags)
