"""Selects over the catalog."""

from sqlalchemy import Select, func, literal, or_, select
from sqlalchemy.orm import joinedload, selectinload

from app.catalog.models import Category, Product, ProductTag, Tag
from app.catalog.schemas import ProductQuery
from app.catalog.tree import MAX_DEPTH

# Eager loading by shape: a join for the one category, a second select for many tags.
WITH_CATEGORY_AND_TAGS = (joinedload(Product.category), selectinload(Product.tags))


def matching(query: ProductQuery) -> Select[Product]:
    """Select the products that match, with category and tags."""
    statement = select(Product).options(*WITH_CATEGORY_AND_TAGS)
    if query.category_id is not None:
        statement = statement.where(Product.category_id == query.category_id)
    if query.min_price is not None:
        statement = statement.where(Product.price >= query.min_price)
    if query.max_price is not None:
        statement = statement.where(Product.price <= query.max_price)
    if query.search is not None:
        searched = (Product.name, Product.sku)
        found = (column.icontains(query.search, autoescape=True) for column in searched)
        statement = statement.where(or_(*found))
    if query.tag is not None:
        statement = statement.where(Product.id.in_(tagged(query.tag)))
    if query.in_stock is not None:
        sold_out = Product.stock_quantity == 0
        statement = statement.where(~sold_out if query.in_stock else sold_out)
    return statement


def tagged(tag: str) -> Select[int]:
    """Select the ids of the products with a tag."""
    return (
        select(ProductTag.product_id)
        .join(Tag, Tag.id == ProductTag.tag_id)
        .where(Tag.name == tag)
    )


def low_in_stock(threshold: int) -> Select[Product]:
    """Select the active products with a stock at or below the threshold."""
    return (
        select(Product)
        .options(*WITH_CATEGORY_AND_TAGS)
        .where(Product.is_active, Product.stock_quantity <= threshold)
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
