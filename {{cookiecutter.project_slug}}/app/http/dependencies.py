"""What routes take as parameters.

Dependencies are coroutines: FastAPI sends plain functions, and classes, to a thread.
https://fastapi.tiangolo.com/async/#dependencies
"""

from typing import Annotated

from fastapi import Depends, Request

# {% if cookiecutter.auth != "none" %}
from app.auth.database import CallersDatabase
# {% endif %}
from app.database.database import Database


async def get_database(request: Request) -> Database:
    database: Database = request.app.state.database
    # {% if cookiecutter.auth != "none" %}
    return CallersDatabase(database, request)
    # {% else %}
    return database
    # {% endif %}


DatabaseDep = Annotated[Database, Depends(get_database)]
