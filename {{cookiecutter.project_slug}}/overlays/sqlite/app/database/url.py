"""What the database's URL may say: the path of a file, and nothing else."""

from pathlib import Path

from sqlalchemy import URL, make_url

PROJECT = Path(__file__).parents[2]


def parse_url(text: str) -> URL:
    """Parse a URL."""
    return make_url(text)


def normalize_url(url: URL) -> URL:
    """Return the URL with an absolute path; a relative one starts at the project.

    Raises ValueError for a database in memory, and for a host or parameters.
    """
    if url.database == ":memory:":
        # Each connection would have a memory of its own.
        raise ValueError("must have the path of a file")
    # Parameters may name another file, or memory: https://www.sqlite.org/uri.html
    if url != URL.create(url.drivername, database=url.database):
        raise ValueError("must have a path alone, without a host or parameters")
    # An absolute path stays as it is.
    return url.set(database=str(PROJECT / str(url.database)))
