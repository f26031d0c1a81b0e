"""Selects over the catalog."""

from sqlalchemy import Select, and_, bindparam, func, literal, select
from sqlalchemy.orm import joinedload, selectinload

from app.catalog.models import Category, Product, ProductTag, Tag
from app.catalog.tree import MAX_DEPTH
from app.listing import Listing, containing

# Eager loading by shape: a join for the one category, a second select for many tags.
WITH_CATEGORY_AND_TAGS = (joinedload(Product.category), selectinload(Product.tags))


def _tagged() -> Select[int]:
    """Select the ids of the products with a tag."""
    return (
        select(ProductTag.product_id)
        .join(Tag, Tag.id == ProductTag.tag_id)
        .where(Tag.name == bindparam("tag"))
    )


PRODUCTS = Listing(
    Product,
    filters={
        "category_id": Product.category_id == bindparam("category_id"),
        "min_price": Product.price >= bindparam("min_price"),
        "max_price": Product.price <= bindparam("max_price"),
        "search": containing("search", Product.name, Product.sku),
        "tag": Product.id.in_(_tagged()),
        "in_stock": (Product.stock_quantity > 0) == bindparam("in_stock"),
    },
    loads=WITH_CATEGORY_AND_TAGS,
)

LOW_STOCK = Listing(
    Product,
    filters={
        "threshold": and_(
            Product.is_active, Product.stock_quantity <= bindparam("threshold")
        )
    },
    loads=WITH_CATEGORY_AND_TAGS,
)


def ancestors_of(category_id: int) -> Select[int]:
    """Select the ids of a category and of all categories above it."""
    above = (
        select(Category.id, Category.parent_id)
        .where(Category.id == category_id)
        .cte(recursive=True)
    )
    # UNION without ALL ends even where the data has a circle.
    above = above.union(
        select(Category.id, Category.parent_id).join(
            above, Category.id == above.c.parent_id
        )
    )
    return select(above.c.id)


def height_of(category_id: int) -> Select[int]:
    """Select how many levels there are from a category down: 1 if none is below it."""
    down = (
        select(Category.id, literal(1).label("level"))
        .where(Category.id == category_id)
        .cte(recursive=True)
    )
    # Ends even where the data has a circle.
    down = down.union_all(
        select(Category.id, down.c.level + 1)
        .join(down, Category.parent_id == down.c.id)
        .where(down.c.level < MAX_DEPTH)
    )
    return select(func.max(down.c.level))


def price_statistics() -> Select[int, str, int, object, object, object]:
    """Select count, average, least and greatest price for each category."""
    price = Product.price
    return (
        select(
            Category.id,
            Category.name,
            func.count(Product.id).label("products"),
            func.avg(price, type_=price.type).label("average_price"),
            func.min(price).label("min_price"),
            func.max(price).label("max_price"),
        )
        .outerjoin(Product, Product.category_id == Category.id)
        .group_by(Category.id, Category.name)
        .order_by(Category.name, Category.id)
    )
