"""The databases of the tests: how they are called, and which are theirs to drop.

Each process of pytest is a run with databases of its own, and so is each worker of
pytest-xdist. Whatever drops or empties a database first asks where it is.
"""

import re
import secrets
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
# {% if cookiecutter.database == "sqlite" %}
from pathlib import Path
# {% endif %}
from typing import Any

import pytest
# {% if cookiecutter.concurrency == "async" %}
from sqlalchemy import Executable, text
from sqlalchemy.ext.asyncio import AsyncConnection
# {% else %}
from sqlalchemy import Connection, Executable, text
# {% endif %}

from app.database.administration.errors import NoDatabase
from app.database.database import Database
from app.database.errors import translate_errors
from app.errors import Unavailable
from app.models import metadata
# {% if cookiecutter.database == "postgresql" %}
from app.settings import Settings, url_variable
from tests.server_choice import load_settings_for_tests
# {% else %}
from app.settings import Settings, load_settings, url_variable
# {% endif %}

RUN = f"run{secrets.token_hex(3)}"
ANY_RUN = "run[0-9a-f]{6}"

# The bytes that are kept of a configured name: with all that follows them, the name is
# shorter than any database allows.
KEPT = 32
# {% if cookiecutter.database == "sqlite" %}

WHERE = text("SELECT file FROM pragma_database_list WHERE name = 'main'")
# {% elif cookiecutter.database == "postgresql" %}

WHERE = text("SELECT current_database()")
# {% else %}

WHERE = text("SELECT DATABASE()")
# {% endif %}


def settings_for(purpose: str) -> Settings:
    """Return the configured settings with a database of this run for a purpose."""
    # {% if cookiecutter.database == "postgresql" %}
    settings = load_settings_for_tests()
    # {% else %}
    settings = load_settings()
    # {% endif %}
    # {% if cookiecutter.database == "sqlite" %}
    configured = Path(str(settings.database_url.database)).resolve()
    name = str(configured.with_stem(_name_for(purpose, configured.stem)))
    # {% else %}
    name = _name_for(purpose, str(settings.database_url.database))
    # {% endif %}
    url = settings.database_url.set(database=name)
    # Tests read the log: nothing in it depends on how busy the machine is.
    changes = {"database_url": url, "database_slow_query": 60}
    # {% if cookiecutter.database == "postgresql" %}
    # A replica that is configured has no database of this run.
    return settings.model_copy(update=changes | {"database_read_url": None})
    # {% else %}
    return settings.model_copy(update=changes)
    # {% endif %}


def _name_for(purpose: str, configured: str) -> str:
    kept = configured.encode()[:KEPT].decode(errors="ignore")
    # {% if cookiecutter.database == "mysql" %}
    # Some servers write all names in small letters, and say them so.
    return f"{kept}_test_{RUN}{purpose}".lower()
    # {% else %}
    return f"{kept}_test_{RUN}{purpose}"
    # {% endif %}


async def check_place(connection: AsyncConnection, settings: Settings) -> None:
    """End the tests unless this is, by its own word, a database of this run."""
    place = await connection.scalar(WHERE)
    meant = settings.database_url.database
    if place != meant or f"_test_{RUN}" not in place:
        pytest.exit(
            f"The tests are not at {meant} but at {place or 'no database'}, and stop: "
            f"leave out of {url_variable()} what names a second one.",
            returncode=1,
        )


async def empty(database: Database, settings: Settings) -> None:
    """Delete all rows of the database of this run."""
    async with database.engine.begin() as connection:
        await check_place(connection, settings)
        for table in reversed(metadata.sorted_tables):
            await connection.execute(table.delete())


async def execute(database: Database, *statements: Executable) -> None:
    """Run statements in one transaction of the service."""

    async def run(transaction: Any) -> None:
        for statement in statements:
            await transaction.execute(statement)

    await database.transaction(run)


def of_other_runs(names: Iterable[str], first: str) -> Mapping[str, Sequence[str]]:
    """Return those databases that other runs have made, by the first of each run.

    Takes the first of this run. The first of a run is the last of its list.
    """
    any_first = re.escape(first).replace(RUN, ANY_RUN)
    runs: dict[str, list[str]] = defaultdict(list)
    for name in sorted(names, reverse=True):
        found = re.fullmatch(f"({any_first})(_.+)?", name)
        if found and found[1] != first:
            runs[found[1]].append(name)
    return runs


@contextmanager
def told_in_a_sentence(needed: str) -> Iterator[None]:
    """End the tests with one sentence where there is no database for them."""
    try:
        with translate_errors():
            yield
    except NoDatabase as error:
        pytest.exit(f"The tests need {needed}. {error}", returncode=1)
    except OSError as error:
        pytest.exit(f"The tests need {needed}: {error}.", returncode=1)
    except Unavailable as error:
        pytest.exit(f"{error} See {url_variable()}.", returncode=1)
