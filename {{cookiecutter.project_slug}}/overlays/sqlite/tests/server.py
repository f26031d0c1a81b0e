"""Where the tests keep their database files, and how they remove them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import URL, Engine, NullPool, create_engine
from sqlalchemy.exc import DBAPIError

from app.database.engine import create_maintenance_engine
from app.database.lifecycle import ensure_database
from app.settings import Settings
from tests.databases import check_place, of_other_runs, told_in_a_sentence

NEEDED = "a folder that they can write to, the one of the configured database"

MARK = 0x74657374  # of the file, once a run is connected to it


@asynccontextmanager
async def first_database(settings: Settings) -> AsyncIterator[None]:
    """Make the first database of a run, and remove it when the run ends.

    A run lives as long as it is connected to its first database: the system frees the
    locks of a process that is killed.
    """
    file = Path(str(settings.database_url.database))
    with told_in_a_sentence(NEEDED):
        await ensure_database(settings)
    with _engine(file).connect() as connection:
        connection.exec_driver_sql("PRAGMA journal_mode = WAL")
        connection.exec_driver_sql(f"PRAGMA application_id = {MARK}")
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
        if _is_abandoned(file.with_stem(first)):
            for stem in stems:
                _remove(file.with_stem(stem))


def _is_abandoned(file: Path) -> bool:
    """Say whether tests have made the file, and nobody is connected to it."""
    if file.is_symlink() or not file.exists():
        return False
    with _engine(file).connect() as connection:
        try:
            mark = connection.exec_driver_sql("PRAGMA application_id").scalar()
            if mark != MARK:
                return False
            # To leave this mode one must be alone.
            mode = connection.exec_driver_sql("PRAGMA journal_mode = DELETE").scalar()
        except DBAPIError:
            return False
        return bool(mode == "delete")


def _engine(file: Path) -> Engine:
    """Make an engine without the settings of the service; it waits for nobody."""
    return create_engine(
        URL.create("sqlite", database=str(file)),
        isolation_level="AUTOCOMMIT",
        connect_args={"timeout": 0},
        poolclass=NullPool,
    )


def _remove(file: Path) -> None:
    for suffix in ("", "-wal", "-shm", "-journal", "-lock"):
        file.with_name(file.name + suffix).unlink(missing_ok=True)
