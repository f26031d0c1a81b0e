"""What clients send and receive about the catalog."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    field_validator,
    model_validator,
)

from app.database.base import LARGEST_INTEGER
from app.fields import Id, Text, not_null
from app.pagination import PageQuery

CENT = Decimal("0.01")


def _in_cents(price: Decimal) -> Decimal:
    return price.quantize(CENT)


def _name_of(tag: object) -> object:
    return getattr(tag, "name", tag)


Name = Annotated[Text, Field(min_length=1, max_length=100)]
ProductName = Annotated[Text, Field(min_length=1, max_length=200)]
Slug = Annotated[
    str, StringConstraints(max_length=120, pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
]
Sku = Annotated[
    str,
    StringConstraints(
        min_length=1, max_length=50, pattern=r"^[A-Za-z0-9-]+$", to_upper=True
    ),
]
Description = Annotated[Text, Field(max_length=10_000)]
Price = Annotated[
    Decimal,
    Field(gt=0, max_digits=10, decimal_places=2, allow_inf_nan=False),
    AfterValidator(_in_cents),
]
PriceBound = Annotated[
    Decimal, Field(ge=0, max_digits=10, decimal_places=2, allow_inf_nan=False)
]
Stock = Annotated[int, Field(ge=0, le=LARGEST_INTEGER)]
TagName = Annotated[
    str, StringConstraints(max_length=50, pattern=r"^[A-Za-z0-9-]+$", to_lower=True)
]


class CategoryCreate(BaseModel):
    name: Name
    slug: Slug
    description: Description | None = None
    parent_id: Id | None = None


class CategoryUpdate(BaseModel):
    """What is left out stays as it is."""

    name: Name | None = None
    slug: Slug | None = None
    description: Description | None = None
    parent_id: Id | None = None

    _required = field_validator("name", "slug")(not_null)


class CategoryBrief(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    name: str
    slug: str


class CategoryRead(CategoryBrief):
    description: str | None
    parent_id: int | None
    created_at: datetime
    updated_at: datetime


class CategoryTree(CategoryBrief):
    children: list["CategoryTree"]


class ProductBrief(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    name: str
    sku: str
    price: Decimal
    stock_quantity: int


class CategoryWithProducts(CategoryRead):
    """A category and the first of its products, by name."""

    products: Sequence[ProductBrief]


class CategoryStats(BaseModel):
    """Prices of the products of a category; None where it has none."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    name: str
    products: int
    average_price: Decimal | None
    min_price: Decimal | None
    max_price: Decimal | None


class ProductCreate(BaseModel):
    name: ProductName
    slug: Slug
    sku: Sku
    description: Description | None = None
    price: Price
    stock_quantity: Stock = 0
    is_active: bool = True
    category_id: Id
    tags: Annotated[set[TagName], Field(max_length=20)] = set()


class ProductUpdate(BaseModel):
    """What is left out stays as it is; ``version`` is that of the product as read."""

    version: Id
    name: ProductName | None = None
    slug: Slug | None = None
    sku: Sku | None = None
    description: Description | None = None
    price: Price | None = None
    is_active: bool | None = None
    category_id: Id | None = None
    tags: Annotated[set[TagName], Field(max_length=20)] | None = None

    _required = field_validator(
        "name", "slug", "sku", "price", "is_active", "category_id", "tags"
    )(not_null)


class ProductRead(ProductBrief):
    slug: str
    description: str | None
    is_active: bool
    version: int
    category: CategoryBrief
    tags: list[Annotated[str, BeforeValidator(_name_of)]]
    created_at: datetime
    updated_at: datetime


class ProductQuery(PageQuery):
    category_id: Id | None = None
    min_price: PriceBound | None = None
    max_price: PriceBound | None = None
    search: Annotated[Text, Field(min_length=1, max_length=100)] | None = None
    tag: TagName | None = None
    in_stock: bool | None = None
    sort: Literal[
        "id", "-id", "name", "-name", "price", "-price", "created_at", "-created_at"
    ] = "id"

    @model_validator(mode="after")
    def _prices_in_order(self) -> Self:
        if self.min_price is None or self.max_price is None:
            return self
        if self.min_price > self.max_price:
            raise ValueError("min_price must not be above max_price")
        return self


class LowStockQuery(PageQuery):
    threshold: Stock = 10
    sort: Literal["id", "-id", "stock_quantity", "-stock_quantity"] = "stock_quantity"


class StockChange(BaseModel):
    change: Annotated[int, Field(ge=-1_000_000, le=1_000_000)]
