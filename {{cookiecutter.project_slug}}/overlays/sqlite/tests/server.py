"""Where the tests keep their database files, and how they remove them."""

# {% if cookiecutter.concurrency == "async" %}
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
# {% else %}
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
# {% endif %}
from pathlib import Path

from sqlalchemy import URL, NullPool, create_engine
from sqlalchemy.exc import DBAPIError

from app.database.engine import create_maintenance_engine
from app.database.lifecycle import ensure_database
from app.settings import Settings
from tests.databases import check_place, of_other_runs, told_in_a_sentence

NEEDED = "a folder that they can write to, the one of the configured database"


@asynccontextmanager
async def first_database(settings: Settings) -> AsyncIterator[None]:
    """Make the first database of a run, and remove it when the run ends.

    A run lives as long as it holds the lock that it takes before: the system frees the
    locks of a process that is killed.
    """
    file = Path(str(settings.database_url.database))
    with ExitStack() as stack:
        with told_in_a_sentence(NEEDED):
            file.parent.mkdir(parents=True, exist_ok=True)
            stack.enter_context(_locked(file, "rwc"))
            await ensure_database(settings)
        _sweep(file)
        yield
        await drop_database(settings)


async def drop_database(settings: Settings) -> None:
    """Remove a database file of this run, and the files that SQLite keeps beside it."""
    engine = create_maintenance_engine(settings)
    async with engine.connect() as connection:
        await check_place(connection, settings)
    await engine.dispose()
    _remove(Path(str(settings.database_url.database)))


def _sweep(file: Path) -> None:
    """Remove what runs left that were killed."""
    beside = file.parent.iterdir()
    names = [path.stem for path in beside if path.suffix == file.suffix]
    for first, stems in of_other_runs(names, file.stem).items():
        # A file without a lock is not of tests, and a held lock is of a run that lives.
        with suppress(DBAPIError), _locked(file.with_stem(first), "rw"):
            for stem in stems:
                _remove(file.with_stem(stem))


@contextmanager
def _locked(file: Path, mode: str) -> Iterator[None]:
    """Hold the lock of a run with this first database, on an empty file beside it.

    Opens the file in a mode of SQLite, https://www.sqlite.org/uri.html. Raises the
    driver's error at once where that fails or somebody else holds the lock.
    """
    lock = f"{file.as_uri()}-run"
    url = URL.create("sqlite", database=lock, query={"mode": mode, "uri": "true"})
    options = {"isolation_level": None, "timeout": 0}
    engine = create_engine(url, connect_args=options, poolclass=NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql("BEGIN EXCLUSIVE")
        yield


def _remove(file: Path) -> None:
    for suffix in ("", "-wal", "-shm", "-journal", "-lock", "-run"):
        file.with_name(file.name + suffix).unlink(missing_ok=True)
