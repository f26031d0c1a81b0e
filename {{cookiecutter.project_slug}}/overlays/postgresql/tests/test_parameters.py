"""What the sessions of the service are set to, by the word of the server."""

from typing import Any

from sqlalchemy import func, select

from app.database.database import Database
from app.database.parameters import session_parameters
from app.settings import Settings


async def test_sessions_have_the_parameters(
    database: Database, settings: Settings
) -> None:
    parameters = session_parameters(settings)
    query = select(*map(func.current_setting, parameters))

    async def fetch(transaction: Any) -> Any:
        result = await transaction.execute(query)
        return result.one()

    [read] = await database.fetch_rows(query)
    written = await database.transaction(fetch)

    assert list(read) == list(written) == list(parameters.values())
