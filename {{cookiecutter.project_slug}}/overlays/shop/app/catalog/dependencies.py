"""What the routes of the catalog are given."""

from typing import Annotated

from fastapi import Depends

from app.catalog.queries import CategoryQueries, ProductQueries
from app.catalog.service import CategoryService, ProductService
from app.dependencies import given

CategoryQueriesDep = Annotated[CategoryQueries, Depends(given(CategoryQueries))]
CategoryServiceDep = Annotated[CategoryService, Depends(given(CategoryService))]
ProductQueriesDep = Annotated[ProductQueries, Depends(given(ProductQueries))]
ProductServiceDep = Annotated[ProductService, Depends(given(ProductService))]
