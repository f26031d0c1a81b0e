"""What clients send and receive about the catalog."""

import re
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)

from app.database.base import LARGEST_INTEGER
from app.http.fields import (
    Id,
    NotNull,
    Reference,
    StrictBool,
    StrictInt,
    Text,
    example,
)
from app.http.problems import ConflictProblem
from app.lists.page import PageQuery

CENT = Decimal("0.01")

# A number, or text, which loses nothing on the way.
AMOUNT = r"^[0-9]{1,8}(\.[0-9]{1,2})?$"
AMOUNT_SCHEMA = {
    "anyOf": [{"type": "number", "minimum": 0}, {"type": "string", "pattern": AMOUNT}]
}


def _in_digits(amount: object) -> object:
    if isinstance(amount, str) and not re.fullmatch(AMOUNT, amount):
        raise ValueError("must be written like 1234.50")
    return amount


def _in_cents(price: Decimal) -> Decimal:
    return price.quantize(CENT)


def _sorted_names(tags: Iterable[Any] | None) -> list[str]:
    """Return the names of tags, which come as objects, as names, or as None for none."""
    return sorted(getattr(tag, "name", tag) for tag in tags or ())


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
PriceBound = Annotated[
    Decimal,
    BeforeValidator(_in_digits),
    Field(ge=0, max_digits=10, decimal_places=2, allow_inf_nan=False),
    WithJsonSchema(AMOUNT_SCHEMA),
]
Price = Annotated[PriceBound, Field(gt=0), AfterValidator(_in_cents)]
TagName = Annotated[
    str, StringConstraints(max_length=50, pattern=r"^[A-Za-z0-9-]+$", to_lower=True)
]
# A name that is there twice counts once.
Tags = Annotated[
    set[TagName], Field(max_length=20, json_schema_extra={"uniqueItems": False})
]


class CategoryCreate(BaseModel):
    model_config = example({"name": "Tea", "slug": "tea"})

    name: Name
    slug: Slug
    description: Description | None = None
    parent_id: Reference | None = None


class CategoryUpdate(BaseModel):
    """What is left out stays as it is."""

    name: NotNull[Name] = None
    slug: NotNull[Slug] = None
    description: Description | None = None
    parent_id: Reference | None = None


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


class CategoryNode(CategoryBrief):
    """A category with those below it."""

    children: list["CategoryNode"]


class CategoryListed(CategoryBrief):
    parent_id: int | None


class ProductBrief(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    name: str
    sku: str
    price: Decimal
    stock_quantity: int


class CategoryWithProducts(CategoryRead):
    """A category and the first of its products, by name."""

    products: list[ProductBrief]


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
    model_config = example(
        {
            "name": "Assam",
            "slug": "assam",
            "sku": "ASSAM-1",
            "price": "4.50",
            "stock_quantity": 10,
            "category_id": 1,
            "tags": ["black"],
        }
    )

    name: ProductName
    slug: Slug
    sku: Sku
    description: Description | None = None
    price: Price
    stock_quantity: Annotated[StrictInt, Field(ge=0, le=LARGEST_INTEGER)] = 0
    is_active: StrictBool = True
    category_id: Reference
    tags: Tags = set()


class ProductUpdate(BaseModel):
    """What is left out stays as it is; ``version`` is that of the product as read."""

    version: Reference
    name: NotNull[ProductName] = None
    slug: NotNull[Slug] = None
    sku: NotNull[Sku] = None
    description: Description | None = None
    price: NotNull[Price] = None
    is_active: NotNull[StrictBool] = None
    category_id: NotNull[Reference] = None
    tags: NotNull[Tags] = None


class ProductRead(ProductBrief):
    slug: str
    description: str | None
    is_active: bool
    version: int
    category: CategoryBrief
    tags: Annotated[list[str], BeforeValidator(_sorted_names)]
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
    threshold: Annotated[int, Field(ge=0, le=LARGEST_INTEGER)] = 10
    sort: Literal["id", "-id", "stock_quantity", "-stock_quantity"] = "stock_quantity"


class StockProblem(ConflictProblem):
    """A product is not for sale, or its stock does not suffice."""

    product_id: NotNull[int] = None


class StockChange(BaseModel):
    model_config = example({"change": 5})

    change: Annotated[StrictInt, Field(ge=-1_000_000, le=1_000_000)]
