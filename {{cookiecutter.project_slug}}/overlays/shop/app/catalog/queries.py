"""What clients see of the catalog."""

from sqlalchemy import and_, bindparam, func, select

from app.catalog.models import Category, Product, ProductTag, Tag
from app.catalog.schemas import (
    CategoryBrief,
    CategoryListed,
    CategoryNode,
    CategoryRead,
    CategoryStats,
    CategoryWithProducts,
    LowStockQuery,
    ProductBrief,
    ProductQuery,
    ProductRead,
)
from app.catalog.tree import build_tree
from app.database.database import Database
from app.database.rows import columns_for
from app.database.types import aggregated
from app.errors import ensure_found
from app.lists.listing import Listing, containing
from app.lists.page import Page

PRODUCTS_SHOWN = 100

# Built once: building a statement takes longer than sending it.
CATEGORY = select(*columns_for(CategoryRead, Category)).where(
    Category.id == bindparam("category_id")
)
CATEGORIES = select(*columns_for(CategoryListed, Category)).order_by(
    Category.name, Category.id
)
PRODUCTS_OF_CATEGORY = (
    select(*columns_for(ProductBrief, Product))
    .where(Product.category_id == bindparam("category_id"))
    .order_by(Product.name, Product.id)
    .limit(PRODUCTS_SHOWN)
)

# To-one by a join; to-many as an aggregated list, because a join would repeat the product.
TAG_NAMES = (
    select(aggregated(Tag.name))
    .join(ProductTag, ProductTag.tag_id == Tag.id)
    .where(ProductTag.product_id == Product.id)
    .scalar_subquery()
)
PRODUCTS = select(
    *columns_for(ProductRead, Product),
    *columns_for(CategoryBrief, Category, field="category"),
    TAG_NAMES.label("tags"),
).join(Category, Category.id == Product.category_id)
PRODUCT = PRODUCTS.where(Product.id == bindparam("product_id"))
TAGGED = (
    select(ProductTag.product_id)
    .join(Tag, Tag.id == ProductTag.tag_id)
    .where(Tag.name == bindparam("tag"))
)

PRODUCT_LIST = Listing(
    Page[ProductRead],
    ProductQuery,
    PRODUCTS,
    Product,
    filters={
        "min_price": lambda value: Product.price >= value,
        "max_price": lambda value: Product.price <= value,
        "search": containing(Product.name, Product.sku),
        "tag": lambda _value: Product.id.in_(TAGGED),
        "in_stock": lambda value: (Product.stock_quantity > 0) == value,
    },
)
LOW_STOCK_LIST = Listing(
    Page[ProductRead],
    LowStockQuery,
    PRODUCTS,
    Product,
    filters={
        "threshold": lambda value: and_(
            Product.is_active, Product.stock_quantity <= value
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


async def category_tree(database: Database) -> list[CategoryNode]:
    """Fetch all categories as a tree, in one statement whatever its depth."""
    return build_tree(await database.fetch_all(CategoryListed, CATEGORIES))


async def category_statistics(database: Database) -> list[CategoryStats]:
    """Fetch the price statistics of each category."""
    return await database.fetch_all(CategoryStats, PRICE_STATISTICS)


async def get_category(database: Database, category_id: int) -> CategoryWithProducts:
    """Fetch a category and the first of its products. Raises NotFound."""
    found = await database.fetch_one(CategoryRead, CATEGORY, category_id=category_id)
    category = ensure_found(found, "category", category_id)
    products = await database.fetch_all(
        ProductBrief, PRODUCTS_OF_CATEGORY, category_id=category_id
    )
    return CategoryWithProducts(**dict(category), products=products)


async def get_product(database: Database, product_id: int) -> ProductRead:
    """Fetch a product with its category and tags. Raises NotFound."""
    product = await database.fetch_one(ProductRead, PRODUCT, product_id=product_id)
    return ensure_found(product, "product", product_id)


async def list_products(database: Database, query: ProductQuery) -> Page[ProductRead]:
    """Fetch a page of the products that match."""
    return await PRODUCT_LIST.fetch(database, query)


async def list_low_stock(database: Database, query: LowStockQuery) -> Page[ProductRead]:
    """Fetch a page of the active products that are low in stock."""
    return await LOW_STOCK_LIST.fetch(database, query)
