"""The catalog, as collections."""

from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import case, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload, selectinload
from sqlalchemy.orm.attributes import set_committed_value

from app.catalog.models import Category, Product, Tag
# {% if cookiecutter.database == "sqlite" %}
from app.catalog.tree import ANCESTORS, HEIGHT
# {% else %}
from app.catalog.tree import ALL_LOCKED, ANCESTORS, HEIGHT
# {% endif %}
from app.database.repository import Repository
from app.errors import Retryable


class CategoryRepository(Repository[Category]):
    """All categories."""

    aggregate = Category

    async def ancestor_ids(self, category_id: int) -> Sequence[int]:
        """Fetch the ids of a category and of all above it; none if it does not exist."""
        found = await self.session.scalars(ANCESTORS, {"category_id": category_id})
        return found.all()

    async def height(self, category_id: int) -> int:
        """Count the levels from a category down."""
        return await self.session.scalar(HEIGHT, {"category_id": category_id}) or 0
    # {% if cookiecutter.database != "sqlite" %}

    async def lock_all(self) -> None:
        """Keep others from moving categories until the commit."""
        await self.session.execute(ALL_LOCKED)
    # {% endif %}


class TagRepository(Repository[Tag]):
    """All tags."""

    aggregate = Tag

    async def named(self, names: Iterable[str]) -> list[Tag]:
        """Load tags by name; those that are new are added and written now.

        Raises Retryable when another transaction adds one of them, too.
        """
        wanted = sorted(names)
        found = await self.session.scalars(select(Tag).where(Tag.name.in_(wanted)))
        tags = {tag.name: tag for tag in found}
        for name in wanted:
            if name not in tags:
                tags[name] = Tag(name=name)
                self.add(tags[name])
        try:
            await self.session.flush()
        except IntegrityError as error:
            raise Retryable("Another request brings the same new tag.") from error
        return [tags[name] for name in wanted]


class ProductRepository(Repository[Product]):
    """All products, each with its category and tags."""

    aggregate = Product
    # To-one by a join, to-many by a second select.
    loads = (joinedload(Product.category), selectinload(Product.tags))

    async def lock(self, ids: Iterable[int]) -> dict[int, Product]:
        """Load products by id, and keep others from changing them until the commit.

        Locks in the order of ids, so that two transactions never wait for each other.
        """
        statement = select(Product).where(Product.id.in_(ids)).order_by(Product.id)
        # {% if cookiecutter.database == "sqlite" %}
        # SQLite has no row locks and needs none: a transaction holds the write lock.
        locked = statement.execution_options(populate_existing=True)
        # {% else %}
        locked = statement.with_for_update().execution_options(populate_existing=True)
        # {% endif %}
        found = await self.session.scalars(locked)
        return {product.id: product for product in found}

    async def write_stock(self, products: Collection[Product]) -> None:
        """Write the stock of locked products, all in one statement.

        The commit would write it, too, but with a statement for each product.
        """
        stock = {product.id: product.stock_quantity for product in products}
        statement = (
            update(Product)
            .where(Product.id.in_(stock))
            .values(stock_quantity=case(stock, value=Product.id))
            .execution_options(synchronize_session=False)
        )
        with self.session.no_autoflush:
            await self.session.execute(statement)
        for product in products:
            set_committed_value(product, "stock_quantity", product.stock_quantity)
