"""HTTP for the catalog: categories and products."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query

from app.catalog.dependencies import (
    CategoryQueriesDep,
    CategoryServiceDep,
    ProductQueriesDep,
    ProductServiceDep,
)
from app.catalog.models import Category, Product
from app.catalog.schemas import (
    CategoryCreate,
    CategoryRead,
    CategoryStats,
    CategoryTree,
    CategoryUpdate,
    CategoryWithProducts,
    LowStockQuery,
    ProductCreate,
    ProductQuery,
    ProductRead,
    ProductUpdate,
    StockChange,
)
from app.catalog.tree import Branch
from app.database.rows import AnyRow, Record
from app.fields import Id
from app.pagination import Page, PartRead, Slice
from app.problems import problem_responses
# {% if cookiecutter.concurrency == "sync" %}
from app.threads import ThreadRoute
# {% endif %}

# {% if cookiecutter.concurrency == "sync" %}
categories = APIRouter(
    prefix="/categories", tags=["categories"], route_class=ThreadRoute
)
products = APIRouter(prefix="/products", tags=["products"], route_class=ThreadRoute)
# {% else %}
categories = APIRouter(prefix="/categories", tags=["categories"])
products = APIRouter(prefix="/products", tags=["products"])
# {% endif %}

NOT_FOUND = problem_responses(HTTPStatus.NOT_FOUND)
CONFLICT = problem_responses(HTTPStatus.CONFLICT)
REFUSALS = NOT_FOUND | CONFLICT

ProductList = PartRead[ProductRead]


@categories.post(
    "",
    response_model=CategoryRead,
    status_code=HTTPStatus.CREATED,
    responses=REFUSALS,
)
async def create_category(
    data: CategoryCreate,
    service: CategoryServiceDep,
) -> Category:
    return await service.create(data)


@categories.get("", response_model=list[CategoryTree])
async def category_tree(queries: CategoryQueriesDep) -> list[Branch]:
    return await queries.tree()


@categories.get("/stats", response_model=list[CategoryStats])
async def category_stats(queries: CategoryQueriesDep) -> Sequence[AnyRow]:
    return await queries.statistics()


@categories.get(
    "/{category_id}",
    response_model=CategoryWithProducts,
    responses=NOT_FOUND,
)
async def get_category(
    category_id: Id,
    queries: CategoryQueriesDep,
) -> Record:
    return await queries.with_products(category_id)


@categories.patch("/{category_id}", response_model=CategoryRead, responses=REFUSALS)
async def update_category(
    category_id: Id,
    data: CategoryUpdate,
    service: CategoryServiceDep,
) -> Category:
    return await service.update(category_id, data)


@categories.delete(
    "/{category_id}",
    status_code=HTTPStatus.NO_CONTENT,
    responses=REFUSALS,
)
async def delete_category(category_id: Id, service: CategoryServiceDep) -> None:
    """Delete a category without products; the categories below it move to the top."""
    await service.delete(category_id)


@products.post(
    "",
    response_model=ProductRead,
    status_code=HTTPStatus.CREATED,
    responses=REFUSALS,
)
async def create_product(data: ProductCreate, service: ProductServiceDep) -> Product:
    return await service.create(data)


@products.get("", response_model=ProductList)
async def list_products(
    query: Annotated[ProductQuery, Query()],
    queries: ProductQueriesDep,
) -> Page[Record] | Slice[Record]:
    return await queries.page(query)


@products.get("/low-stock", response_model=ProductList)
async def list_low_stock(
    query: Annotated[LowStockQuery, Query()],
    queries: ProductQueriesDep,
) -> Page[Record] | Slice[Record]:
    return await queries.low_in_stock(query)


@products.get("/{product_id}", response_model=ProductRead, responses=NOT_FOUND)
async def get_product(
    product_id: Id,
    queries: ProductQueriesDep,
) -> Record:
    return await queries.get(product_id)


@products.patch("/{product_id}", response_model=ProductRead, responses=REFUSALS)
async def update_product(
    product_id: Id,
    data: ProductUpdate,
    service: ProductServiceDep,
) -> Product:
    """Edit a product as it was read. Someone else's edit since then is a conflict."""
    return await service.update(product_id, data)


@products.delete(
    "/{product_id}",
    status_code=HTTPStatus.NO_CONTENT,
    responses=REFUSALS,
)
async def delete_product(product_id: Id, service: ProductServiceDep) -> None:
    """Delete a product that was never ordered; deactivate the others."""
    await service.delete(product_id)


@products.post("/{product_id}/stock", response_model=ProductRead, responses=REFUSALS)
async def change_stock(
    product_id: Id,
    data: StockChange,
    service: ProductServiceDep,
) -> Product:
    return await service.change_stock(product_id, data.change)


routers = (categories, products)
