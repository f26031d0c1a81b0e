"""What the routes of the catalog are given."""

from typing import Annotated

from fastapi import Depends

from app.catalog.service import CategoryService, ProductService
from app.dependencies import DatabaseDep


async def get_category_service(database: DatabaseDep) -> CategoryService:
    return CategoryService(database)


async def get_product_service(database: DatabaseDep) -> ProductService:
    return ProductService(database)


CategoryServiceDep = Annotated[CategoryService, Depends(get_category_service)]
ProductServiceDep = Annotated[ProductService, Depends(get_product_service)]
