"""What several test modules need: database servers, and a loud way to go without."""

import os
import secrets
import shutil
import signal
import subprocess
import sysconfig
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NoReturn

import pytest

from tests.combinations import CONTEXT, Combination
from tests.figures import PROPERTY, figures, show
from tests.servers import SERVERS, NoServer

__all__ = ["figures"]  # a fixture of all tests

# The names under which pkg-config may know the library that mysqlclient is built with.
MYSQL_LIBRARIES = ("libmariadb", "mariadb", "mysqlclient")


def pytest_configure() -> None:
    """Hear Ctrl-C, as what the tests interrupt has to; a shell's background jobs do not."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def go_without(reason: str) -> NoReturn:
    """Skip the test for want of something; where CI is set, nothing may be wanting."""
    if os.environ.get("CI"):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    """The URL of a PostgreSQL server, without a database."""
    yield from url_of_server("postgresql")


@pytest.fixture(scope="session")
def mysql_url() -> Iterator[str]:
    """The URL of a MySQL or MariaDB server, without a database."""
    yield from url_of_server("mysql")


def url_of_server(database: str) -> Iterator[str]:
    """Keep a server for one kind of database as long as its URL is in use."""
    with ExitStack() as stack:
        try:
            url = stack.enter_context(SERVERS[database]())
        except NoServer as error:
            go_without(str(error))
        yield url


@pytest.fixture
def server_database_url(combination: Combination, request: pytest.FixtureRequest) -> str | None:
    """The URL of a database of the test's own, not made yet; None where there is no server."""
    if combination.database not in SERVERS:
        return None
    server = request.getfixturevalue(f"{combination.database}_url")
    # A server that the environment names may serve two runs of the tests at once.
    name = f"{combination}_{secrets.token_hex(2)}".replace("-", "_")
    return f"{server}/{name}"


@pytest.fixture(scope="session")
def mypy_cache(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A cache that mypy shares between projects, in which it keeps what it read of libraries.

    Each worker has its own. mypy compares the contents of every file with the cache, so
    that it misses nothing; it takes 1 second instead of 8.
    """
    return str(tmp_path_factory.mktemp("mypy"))


@pytest.fixture
def builds(combination: Combination) -> None:
    """Skip the test where its driver has to be compiled and cannot be."""
    check_build(combination)


def check_build(combination: Combination) -> None:
    """Go without the driver of a combination where it has to be compiled and cannot be."""
    packages = CONTEXT["_drivers"][combination.driver].get("debian_build")
    if packages and not can_build_mysqlclient():
        go_without(f"{combination.driver}: it is compiled; install Debian's {packages} python3-dev")


def can_build_mysqlclient() -> bool:
    """Say whether there are a compiler, Python's headers and the client library."""
    pkg_config = shutil.which("pkg-config")
    headers = Path(sysconfig.get_path("include"), "Python.h")
    if not (pkg_config and shutil.which("cc") and headers.exists()):
        return False
    return any(
        subprocess.run([pkg_config, "--exists", library], check=False).returncode == 0
        for library in MYSQL_LIBRARIES
    )


@pytest.fixture
def variables(builds: None, server_database_url: str | None, mypy_cache: str) -> dict[str, str]:
    """What the project is told by its environment; SQLite's file is named in ``.env``."""
    cache = {"MYPY_CACHE_DIR": mypy_cache}
    return {**cache, "APP_DATABASE_URL": server_database_url} if server_database_url else cache


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show what tests have measured (``record_property``), with the workers' too."""
    for report in terminalreporter.getreports("passed"):
        for name, figure in report.user_properties:
            if name != PROPERTY:
                terminalreporter.write_line(f"{report.nodeid}: {name} {figure}")
    show(terminalreporter)
