"""What clients see of the catalog."""

from collections.abc import Sequence

# {% if cookiecutter.database == "postgresql" %}
from sqlalchemy import and_, bindparam, func, select
# {% else %}
from sqlalchemy import JSON, and_, bindparam, func, select
# {% endif %}

from app.catalog.models import Category, Product, ProductTag, Tag
from app.catalog.schemas import (
    CategoryBrief,
    CategoryRead,
    LowStockQuery,
    ProductBrief,
    ProductQuery,
    ProductRead,
)
from app.catalog.tree import Branch, grow
from app.database.rows import AnyRow, Record, as_records, columns_for
from app.database.session import Database
from app.errors import found
from app.listing import Listing, containing
from app.pagination import Page, Slice

PRODUCTS_SHOWN = 100

# Built once: to build a statement takes longer than to send it.
CATEGORY = select(*columns_for(CategoryRead, Category)).where(
    Category.id == bindparam("category_id")
)
CATEGORIES = select(*columns_for(CategoryBrief, Category), Category.parent_id).order_by(
    Category.name, Category.id
)
PRODUCTS_OF_CATEGORY = (
    select(*columns_for(ProductBrief, Product))
    .where(Product.category_id == bindparam("category_id"))
    .order_by(Product.name, Product.id)
    .limit(PRODUCTS_SHOWN)
)

# By shape: the one category of a product comes by a join, its many tags as one list, of
# a subquery, since a join would repeat the product for each of them.
OF_CATEGORY = {name: f"category_{name}" for name in CategoryBrief.model_fields}
TAG_NAMES = (
    # {% if cookiecutter.database == "postgresql" %}
    select(func.array_agg(Tag.name))
    # {% elif cookiecutter.database == "sqlite" %}
    select(func.json_group_array(Tag.name, type_=JSON))
    # {% else %}
    select(func.json_arrayagg(Tag.name, type_=JSON))
    # {% endif %}
    .join(ProductTag, ProductTag.tag_id == Tag.id)
    .where(ProductTag.product_id == Product.id)
    .scalar_subquery()
)
PRODUCTS = select(
    *columns_for(ProductRead, Product),
    *(
        column.label(OF_CATEGORY[column.key])
        for column in columns_for(CategoryBrief, Category)
    ),
    TAG_NAMES.label("tags"),
).join(Category, Category.id == Product.category_id)
PRODUCT = PRODUCTS.where(Product.id == bindparam("product_id"))
TAGGED = (
    select(ProductTag.product_id)
    .join(Tag, Tag.id == ProductTag.tag_id)
    .where(Tag.name == bindparam("tag"))
)

LISTED = Listing(
    PRODUCTS,
    Product,
    filters={
        "category_id": Product.category_id == bindparam("category_id"),
        "min_price": Product.price >= bindparam("min_price"),
        "max_price": Product.price <= bindparam("max_price"),
        "search": containing("search", Product.name, Product.sku),
        "tag": Product.id.in_(TAGGED),
        "in_stock": (Product.stock_quantity > 0) == bindparam("in_stock"),
    },
)
LOW_IN_STOCK = Listing(
    PRODUCTS,
    Product,
    filters={
        "threshold": and_(
            Product.is_active, Product.stock_quantity <= bindparam("threshold")
        )
    },
)

# Count, average, least and greatest price of each category: a join, grouped.
PRICE_STATISTICS = (
    select(
        Category.id,
        Category.name,
        func.count(Product.id).label("products"),
        func.avg(Product.price, type_=Product.price.type).label("average_price"),
        func.min(Product.price).label("min_price"),
        func.max(Product.price).label("max_price"),
    )
    .outerjoin(Product, Product.category_id == Category.id)
    .group_by(Category.id, Category.name)
    .order_by(Category.name, Category.id)
)


class CategoryQueries:
    """Categories as their schemas read them. All raise Unavailable as sessions do."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def tree(self) -> list[Branch]:
        """Give all categories as a tree; one statement, whatever its depth."""
        return grow(await self._database.fetch_all(CATEGORIES))

    async def statistics(self) -> Sequence[AnyRow]:
        """Give the price statistics of each category."""
        return await self._database.fetch_all(PRICE_STATISTICS)

    async def with_products(self, category_id: int) -> Record:
        """Give a category and the first of its products. Raises NotFound."""
        row = await self._database.fetch_one(CATEGORY, category_id=category_id)
        category = found(row, "category", category_id)
        products = await self._database.fetch_all(
            PRODUCTS_OF_CATEGORY, category_id=category_id
        )
        return {**category._asdict(), "products": as_records(products)}


class ProductQueries:
    """Products as ProductRead reads them. All raise Unavailable as sessions do."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, product_id: int) -> Record:
        """Give a product with its category and tags. Raises NotFound."""
        row = await self._database.fetch_one(PRODUCT, product_id=product_id)
        return _whole(found(row, "product", product_id)._asdict())

    async def page(
        self,
        query: ProductQuery,
    ) -> Page[Record] | Slice[Record]:
        """Give a page or slice of the products that match."""
        part = await LISTED.fetch(self._database, query)
        return part.with_items([_whole(product) for product in part.items])

    async def low_in_stock(
        self,
        query: LowStockQuery,
    ) -> Page[Record] | Slice[Record]:
        """Give a page or slice of the active products that are low in stock."""
        part = await LOW_IN_STOCK.fetch(self._database, query)
        return part.with_items([_whole(product) for product in part.items])


def _whole(product: Record) -> Record:
    """Give a product with its category in one, and its tags, None if it has none, sorted."""
    category = {name: product[label] for name, label in OF_CATEGORY.items()}
    return {**product, "category": category, "tags": sorted(product["tags"] or ())}
