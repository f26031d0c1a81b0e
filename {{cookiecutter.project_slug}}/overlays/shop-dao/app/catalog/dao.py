"""Rows of the catalog's tables."""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import BigInteger, case, cast, delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload, selectinload

from app.catalog.models import Category, Product, ProductTag, Tag
from app.catalog.tree import ancestors_of, height_of
from app.database.base import LARGEST_INTEGER
from app.database.dao import DAO
from app.errors import Retryable


class CategoryDAO(DAO[Category]):
    """Reads and writes categories."""

    model = Category

    async def select_ancestor_ids(self, category_id: int) -> Sequence[int]:
        """Give the ids of a category and of all above it; none if it does not exist."""
        return (await self.session.scalars(ancestors_of(category_id))).all()

    async def select_height(self, category_id: int) -> int:
        """Give the number of levels from a category down."""
        return await self.session.scalar(height_of(category_id)) or 0
    # {% if cookiecutter.database != "sqlite" %}

    async def lock_all(self) -> None:
        """Keep others from moving categories until the commit.

        Of two moves at the same time, each may be right by itself and both a circle.
        """
        # Not the keys: products may be put into the categories meanwhile.
        everything = select(Category.id).order_by(Category.id)
        await self.session.execute(everything.with_for_update(key_share=True))
    # {% endif %}


class TagDAO(DAO[Tag]):
    """Reads and writes tags."""

    model = Tag

    async def ids_of(self, names: Iterable[str]) -> list[int]:
        """Give the ids of tags by name; insert those that are new.

        Raises Retryable when another transaction inserts one of them, too.
        """
        wanted = sorted(names)
        found = await self.session.scalars(select(Tag).where(Tag.name.in_(wanted)))
        tags = {tag.name: tag for tag in found}
        new = [Tag(name=name) for name in wanted if name not in tags]
        self.session.add_all(new)
        try:
            await self.session.flush()
        except IntegrityError as error:
            raise Retryable("Another request brings the same new tag.") from error
        return [tag.id for tag in (*tags.values(), *new)]


class ProductTagDAO(DAO[ProductTag]):
    """Reads and writes which product has which tag."""

    model = ProductTag

    async def replace(self, product_id: int, tag_ids: Iterable[int]) -> None:
        """Give a product these tags and no others."""
        await self.session.execute(
            delete(ProductTag).where(ProductTag.product_id == product_id)
        )
        rows = [{"product_id": product_id, "tag_id": tag_id} for tag_id in tag_ids]
        if rows:
            await self.insert_all(rows)


class ProductDAO(DAO[Product]):
    """Reads and writes products."""

    model = Product

    async def get_full(self, product_id: int) -> Product | None:
        """Give a product with its category and tags, or None."""
        return await self.session.get(
            Product,
            product_id,
            # By shape: a join for the one category, a second select for many tags.
            options=(joinedload(Product.category), selectinload(Product.tags)),
            populate_existing=True,
        )

    async def lock(self, ids: Iterable[int]) -> dict[int, Product]:
        """Give products by id, and keep others from changing them until the commit.

        Locks in the order of ids, so that two transactions never wait for each other.
        """
        statement = select(Product).where(Product.id.in_(ids)).order_by(Product.id)
        # {% if cookiecutter.database == "sqlite" %}
        # SQLite has no row locks, and needs none: the session holds the write lock.
        locked = statement.execution_options(populate_existing=True)
        # {% else %}
        locked = statement.with_for_update().execution_options(populate_existing=True)
        # {% endif %}
        return {row.id: row for row in await self.session.scalars(locked)}

    async def update_version(
        self,
        product_id: int,
        version: int,
        **values: object,
    ) -> bool:
        """Change columns of a product if it is at this version; False if it is not."""
        changed = await self.run_update(
            update(Product)
            .where(Product.id == product_id, Product.version == version)
            .values(**values, version=version + 1)
        )
        return changed == 1

    async def change_stock(self, changes: Mapping[int, int]) -> bool:
        """Add to the stock of products, or take from it, all in one statement.

        Gives False if some product is missing or its stock cannot be what it would be;
        roll back then, since the others have been changed.
        """
        change = case(dict(changes), value=Product.id)
        # The sum may leave the column's range, to be refused by the condition.
        stock = Product.stock_quantity + cast(change, BigInteger)
        changed = await self.run_update(
            update(Product)
            .where(Product.id.in_(changes), stock.between(0, LARGEST_INTEGER))
            .values(stock_quantity=stock)
        )
        return changed == len(changes)
