"""One business transaction: the repositories it joins and the commit that ends it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncSession

# {% if cookiecutter.sample == "shop" %}
from app.catalog.repository import CategoryRepository, ProductRepository, TagRepository
# {% endif %}
# {% if cookiecutter.sample == "shop" %}
from app.database.session import Database, savepoint
from app.orders.repository import NotificationRepository, OrderRepository
# {% else %}
from app.database.session import Database
# {% endif %}
from app.users.repository import UserRepository


class UnitOfWork:
    """The repositories of one transaction. Made by `unit_of_work`."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self.users = UserRepository(session)
        # {% if cookiecutter.sample == "shop" %}
        self.categories = CategoryRepository(session)
        self.products = ProductRepository(session)
        self.tags = TagRepository(session)
        self.orders = OrderRepository(session)
        self.notifications = NotificationRepository(session)
        # {% endif %}

    async def commit(self) -> None:
        """Make everything done through the repositories permanent, or none of it."""
        await self._session.commit()
    # {% if cookiecutter.sample == "shop" %}

    async def flush(self) -> None:
        """Write what has changed so far, where the order of writing matters."""
        await self._session.flush()

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """Begin a part that may be undone without losing the rest; see `savepoint`."""
        async with savepoint(self._session):
            yield
    # {% endif %}


@asynccontextmanager
async def unit_of_work(database: Database) -> AsyncIterator[UnitOfWork]:
    """Begin a unit of work. Leaving it without a commit rolls everything back."""
    async with database.session() as session:
        yield UnitOfWork(session)
