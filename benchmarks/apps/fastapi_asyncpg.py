"""The FastAPI floor: Pydantic validates requests and responses; asyncpg, no ORM."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Query, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from benchmarks.apps.shop import Refused, Shop, opened

Id = Annotated[int, Field(ge=1, le=2**31 - 1)]


class User(BaseModel):
    id: int
    username: str
    email: str
    full_name: str | None
    bio: str | None
    is_active: bool
    is_superuser: bool
    created_at: datetime
    updated_at: datetime


class CategoryBrief(BaseModel):
    id: int
    name: str
    slug: str


class Product(BaseModel):
    id: int
    name: str
    sku: str
    price: Decimal
    stock_quantity: int
    slug: str
    description: str | None
    is_active: bool
    version: int
    category: CategoryBrief
    tags: list[str]
    created_at: datetime
    updated_at: datetime


class Page(BaseModel):
    total: int | None
    page: int | None
    page_size: int
    total_pages: int | None
    has_next: bool
    has_previous: bool | None
    next: str | None


class Users(Page):
    items: list[User]


class Products(Page):
    items: list[Product]


class CategoryCreate(BaseModel):
    name: Annotated[str, Field(min_length=1, max_length=100)]
    slug: Annotated[str, Field(max_length=120, pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    description: Annotated[str, Field(max_length=10_000)] | None = None
    parent_id: Id | None = None


class Category(CategoryBrief):
    description: str | None
    parent_id: int | None
    created_at: datetime
    updated_at: datetime


class OrderLine(BaseModel):
    product_id: Id
    quantity: Annotated[int, Field(ge=1, le=10_000)]


class OrderPlace(BaseModel):
    user_id: Id
    items: Annotated[list[OrderLine], Field(min_length=1, max_length=100)]


class OrderItem(BaseModel):
    product_id: int
    quantity: int
    unit_price: Decimal
    total_price: Decimal


class Order(BaseModel):
    id: int
    order_number: str
    user_id: int
    status: str
    total_amount: Decimal
    created_at: datetime
    updated_at: datetime
    items: list[OrderItem]


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Open the pool, and close it when the application stops."""
    async with opened() as shop:
        app.state.shop = shop
        yield


async def shop_of(request: Request) -> Shop:
    """Return the shop of a request's application."""
    shop: Shop = request.app.state.shop
    return shop


ShopDep = Annotated[Shop, Depends(shop_of)]
app = FastAPI(lifespan=lifespan)


@app.exception_handler(Refused)
async def refuse(_request: Request, _error: Exception) -> JSONResponse:
    """Return the response to a refused request."""
    return JSONResponse({"detail": "refused"}, 409)


@app.get("/api/v1/users/{user_id}", response_model=User)
async def get_user(user_id: Id, shop: ShopDep) -> dict[str, Any]:
    return await shop.user(user_id)


@app.get("/api/v1/users", response_model=Users)
async def list_users(shop: ShopDep, after: str = "") -> dict[str, Any]:
    return await shop.users(after)


@app.get("/api/v1/products", response_model=Products)
async def list_products(
    shop: ShopDep,
    after: str | None = None,
    page: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
) -> dict[str, Any]:
    if after is not None:
        return await shop.products_after(after)
    return await shop.products_page(page)


@app.post("/api/v1/categories", response_model=Category, status_code=201)
async def create_category(data: CategoryCreate, shop: ShopDep) -> dict[str, Any]:
    return await shop.create_category(**data.model_dump())


@app.post("/api/v1/orders", response_model=Order, status_code=201)
async def place_order(data: OrderPlace, shop: ShopDep) -> dict[str, Any]:
    quantities = {line.product_id: line.quantity for line in data.items}
    return await shop.place_order(data.user_id, quantities)
