"""Write and read at URLs of several servers before and after these change their parts."""

import json
import sys
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from app.database.database import Database
from app.errors import AppError
from app.settings import load_settings, parse_database_url

from .common import report, run
from .urls import first_row, write

TIMEOUT = 60  # seconds
POLL = 0.1  # seconds

WHERE = "SELECT inet_server_port(), current_setting('transaction_read_only')"


def pause() -> None:
    """Let a moment pass; whatever the style of the code, nothing else goes on meanwhile."""
    time.sleep(POLL)


async def where_it_works(database: Database) -> Any:
    """Return the port of the server that is read from, and whether it refuses to write."""
    deadline = time.monotonic() + TIMEOUT
    while True:
        try:
            await write(database)
            return await database.read(partial(first_row, WHERE))
        except AppError:
            if time.monotonic() > deadline:
                raise
        pause()


def database_at(url: str) -> Database:
    """Open the database of a URL."""
    changes = {"database_url": parse_database_url(url)}
    return Database(load_settings().model_copy(update=changes))


async def work_through(urls: Sequence[str], folder: Path, name: str) -> dict[str, list[Any]]:
    """Work with a database for each URL, say so, wait for the change, and work again."""
    databases = [database_at(url) for url in urls]
    before = [await where_it_works(database) for database in databases]
    Path(folder, f"{name}-worked").touch()
    while not Path(folder, "changed").exists():
        pause()
    after = [await where_it_works(database) for database in databases]
    for database in databases:
        await database.dispose()
    return {"before": before, "after": after}


if __name__ == "__main__":
    _, _, addresses, place, own_name = sys.argv
    report(run(work_through, json.loads(addresses), Path(place), own_name))
