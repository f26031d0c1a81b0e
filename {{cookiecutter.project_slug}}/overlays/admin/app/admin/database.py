"""The sessions that SQLAdmin reads by."""

# {% if cookiecutter.data_access == "dao" %}
# {% if cookiecutter.concurrency == "async" %}
from collections.abc import AsyncIterator
# {% else %}
from collections.abc import Iterator
# {% endif %}
from contextlib import asynccontextmanager
# {% endif %}
from typing import Any

# {% if cookiecutter.concurrency == "async" %}
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
# {% else %}
from sqlalchemy.orm import Session, sessionmaker
# {% endif %}

from app.database.database import Database


class Sessions({{ "async_sessionmaker[AsyncSession]" if cookiecutter.concurrency == "async" else "sessionmaker[Session]" }}):
    """Opens sessions of the service's database, with its limits and its errors."""

    def __init__(self, database: Database) -> None:
        super().__init__(database.engine)
        self._database = database

    def __call__(self, **_options: Any) -> Any:
        # {% if cookiecutter.data_access == "repository" %}
        return self._database.session()
        # {% else %}
        return self._session()

    @asynccontextmanager
    async def _session(self) -> AsyncIterator[AsyncSession]:
        async with (
            self._database.connection() as connection,
            AsyncSession(connection) as session,
        ):
            yield session
        # {% endif %}
