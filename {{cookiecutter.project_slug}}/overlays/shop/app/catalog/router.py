"""HTTP for the catalog: categories and products."""

from http import HTTPStatus
from typing import Annotated

from fastapi import Query

# {% if cookiecutter.auth != "none" %}
from app.auth.access import require
from app.auth.roles import Role
# {% endif %}
from app.catalog import queries, service
from app.catalog.schemas import (
    CategoryCreate,
    CategoryNode,
    CategoryRead,
    CategoryStats,
    CategoryUpdate,
    CategoryWithProducts,
    LowStockQuery,
    ProductCreate,
    ProductQuery,
    ProductRead,
    ProductUpdate,
    StockChange,
    StockProblem,
)
from app.http.dependencies import DatabaseDep
from app.http.fields import Id
from app.http.problems import CONFLICT, NOT_FOUND
from app.http.router import Router
from app.lists.page import Page

# {% if cookiecutter.auth == "none" %}
categories = Router(prefix="/categories", tags=["categories"])
products = Router(prefix="/products", tags=["products"])
# {% else %}
# Everybody reads the catalog; staff write it, and see its figures.
categories = Router(prefix="/categories", tags=["categories"], write_role=Role.STAFF)
products = Router(prefix="/products", tags=["products"], write_role=Role.STAFF)
STAFF = [require(Role.STAFF)]
# {% endif %}

REFUSALS = NOT_FOUND | CONFLICT


@categories.post("", status_code=HTTPStatus.CREATED, responses=REFUSALS)
async def create_category(data: CategoryCreate, database: DatabaseDep) -> CategoryRead:
    category = await database.transaction(service.create_category, data)
    return CategoryRead.model_validate(category)


@categories.get("")
async def get_category_tree(database: DatabaseDep) -> list[CategoryNode]:
    return await queries.category_tree(database)


# {% if cookiecutter.auth == "none" %}
@categories.get("/stats")
# {% else %}
@categories.get("/stats", dependencies=STAFF)
# {% endif %}
async def list_category_stats(database: DatabaseDep) -> list[CategoryStats]:
    return await queries.category_statistics(database)


@categories.get("/{category_id}", responses=NOT_FOUND)
async def get_category(category_id: Id, database: DatabaseDep) -> CategoryWithProducts:
    return await queries.get_category(database, category_id)


@categories.patch("/{category_id}", responses=REFUSALS)
async def update_category(
    category_id: Id, data: CategoryUpdate, database: DatabaseDep
) -> CategoryRead:
    category = await database.transaction(service.update_category, category_id, data)
    return CategoryRead.model_validate(category)


@categories.delete(
    "/{category_id}", status_code=HTTPStatus.NO_CONTENT, responses=REFUSALS
)
async def delete_category(category_id: Id, database: DatabaseDep) -> None:
    """Delete a category without products; the categories below it move to the top."""
    await database.transaction(service.delete_category, category_id)


@products.post("", status_code=HTTPStatus.CREATED, responses=REFUSALS)
async def create_product(data: ProductCreate, database: DatabaseDep) -> ProductRead:
    product = await database.transaction(service.create_product, data)
    return ProductRead.model_validate(product)


@products.get("")
async def list_products(
    query: Annotated[ProductQuery, Query()], database: DatabaseDep
) -> Page[ProductRead]:
    return await queries.list_products(database, query)


# {% if cookiecutter.auth == "none" %}
@products.get("/low-stock")
# {% else %}
@products.get("/low-stock", dependencies=STAFF)
# {% endif %}
async def list_low_stock(
    query: Annotated[LowStockQuery, Query()], database: DatabaseDep
) -> Page[ProductRead]:
    return await queries.list_low_stock(database, query)


@products.get("/{product_id}", responses=NOT_FOUND)
async def get_product(product_id: Id, database: DatabaseDep) -> ProductRead:
    return await queries.get_product(database, product_id)


@products.patch("/{product_id}", responses=REFUSALS)
async def update_product(
    product_id: Id, data: ProductUpdate, database: DatabaseDep
) -> ProductRead:
    """Edit a product as it was read. Someone else's edit since then is a conflict."""
    product = await database.transaction(service.update_product, product_id, data)
    return ProductRead.model_validate(product)


@products.delete("/{product_id}", status_code=HTTPStatus.NO_CONTENT, responses=REFUSALS)
async def delete_product(product_id: Id, database: DatabaseDep) -> None:
    """Delete a product that was never ordered; deactivate the others."""
    await database.transaction(service.delete_product, product_id)


@products.post(
    "/{product_id}/stock",
    responses=NOT_FOUND | {HTTPStatus.CONFLICT: {"model": StockProblem}},
)
async def change_stock(
    product_id: Id, data: StockChange, database: DatabaseDep
) -> ProductRead:
    product = await database.transaction(service.change_stock, product_id, data.change)
    return ProductRead.model_validate(product)


routers = (categories, products)
