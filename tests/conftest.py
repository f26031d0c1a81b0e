"""Fixtures of several test modules: database servers, and skips that fail in CI."""

import os
import secrets
import shutil
import signal
import sqlite3
import subprocess
import sysconfig
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import pytest
from jinja2 import Environment

from tests.combinations import (
    COMBINATIONS,
    CONTEXT,
    SIGN_IN,
    SIGN_IN_BY_DRIVER,
    Combination,
    one_per_driver,
)
from tests.figures import FOR_TABLES, SERVER, RecordProperty, figures, show
from tests.ran import table_of_combinations
from tests.servers import KINDS, NoServer, version_at

__all__ = ["figures"]  # a fixture that all tests may use
# Its hooks create and remove the folder of a run's projects.
pytest_plugins = ["tests.shared"]

# The names under which pkg-config may know the library that mysqlclient is built with.
MYSQL_LIBRARIES = ("libmariadb", "mariadb", "mysqlclient")


Server = TypeVar("Server")


def pytest_configure() -> None:
    """Let Ctrl-C interrupt the processes of the tests.

    A shell starts its background jobs with SIGINT ignored, which child processes inherit.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_report_header(config: pytest.Config) -> str | list[str]:
    """Report the combinations that a plain run generates, installs and serves."""
    if config.option.markexpr != "not thorough":
        signing_in = ", ".join(map(str, SIGN_IN))
        more = ", ".join(map(str, SIGN_IN_BY_DRIVER[len(SIGN_IN) :]))
        return [
            f"projects: all {len(COMBINATIONS)} combinations",
            f"with sign-in, each pair of answers: {signing_in}",
            f"and each pair with a driver, of the tests marked complete: {more}",
        ]
    plain = ", ".join(map(str, one_per_driver(COMBINATIONS)))
    return f"projects: one for each driver; -m '' takes all {len(COMBINATIONS)}: {plain}"


@pytest.fixture(scope="session", autouse=True)
def templates_compiled_once() -> Iterator[None]:
    """Compile each template once in this process, whose tests render it hundreds of times."""
    compile_template = Environment.compile
    compiled: dict[object, Any] = {}

    def compile_once(self: Environment, source: Any, *arguments: Any) -> Any:
        syntax = (self.block_start_string, self.lstrip_blocks, self.trim_blocks)
        key = (source, arguments, syntax)
        if key not in compiled:
            compiled[key] = compile_template(self, source, *arguments)
        return compiled[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Environment, "compile", compile_once)
        yield


def skip_or_fail(reason: str) -> NoReturn:
    """Skip the test for a missing requirement; fail it where CI is set."""
    if os.environ.get("CI"):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def enter_server(stack: ExitStack, server: AbstractContextManager[Server]) -> Server:
    """Run a server as long as the stack is open; skip the test where there is none."""
    try:
        return stack.enter_context(server)
    except NoServer as error:
        skip_or_fail(str(error))


class Servers:
    """The servers of a worker, each started when its URL is first used."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._urls: dict[str, str] = {}

    def url_of(self, kind: str) -> str:
        """Return the URL, without a database, of a kind of server; skip where there is none."""
        if kind not in self._urls:
            self._urls[kind] = self._first_of(kind)
        return self._urls[kind]

    def _first_of(self, kind: str) -> str:
        """Start a server of this kind or, outside CI, of another kind of its database."""
        reasons = []
        for each in (kind, *alternatives_to(kind)):
            try:
                return self._stack.enter_context(KINDS[each].url())
            except NoServer as error:
                reasons.append(str(error))
        skip_or_fail("; ".join(reasons))


def alternatives_to(kind: str) -> list[str]:
    """Return the kinds that can replace another one; in CI there is none."""
    if os.environ.get("CI"):
        return []
    database = KINDS[kind].database
    return [name for name, each in KINDS.items() if each.database == database and name != kind]


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    """The servers of the worker, stopped at the end."""
    with ExitStack() as stack:
        yield Servers(stack)


@pytest.fixture
def server_database_url(
    combination: Combination,
    request: pytest.FixtureRequest,
    record_property: RecordProperty,
) -> str | None:
    """The URL of the test's own database, not created yet; None where there is no server."""
    if not combination.server:
        record_property(SERVER, f"SQLite {sqlite3.sqlite_version}")
        return None
    servers: Servers = request.getfixturevalue("servers")
    server = servers.url_of(combination.server)
    record_property(SERVER, version_at(server))
    # A server that the environment names may serve two runs of the tests concurrently.
    return f"{server}/{combination.driver}_{secrets.token_hex(4)}"


@pytest.fixture(scope="session")
def mypy_cache(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A cache in which mypy keeps its results for libraries, shared between projects.

    Each worker has its own. mypy compares the contents of every file with the cache, so
    it misses no change; with the cache it takes 1 second instead of 8.
    """
    return str(tmp_path_factory.mktemp("mypy"))


@pytest.fixture
def builds(combination: Combination) -> None:
    """Skip the test where its driver needs a compiler and libraries that are missing."""
    check_build(combination)


def check_build(combination: Combination) -> None:
    """Skip the test where a driver needs a compiler and libraries that are missing."""
    packages = CONTEXT["_drivers"][combination.driver].get("debian_build")
    if packages and not can_build_mysqlclient():
        skip_or_fail(
            f"{combination.driver}: it is compiled; install Debian's {packages} python3-dev"
        )


def can_build_mysqlclient() -> bool:
    """Return whether a compiler, Python's headers and the client library are installed."""
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
    """The environment variables of the project; SQLite's file is named in ``.env``."""
    cache = {"MYPY_CACHE_DIR": mypy_cache}
    return {**cache, "APP_DATABASE_URL": server_database_url} if server_database_url else cache


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the measurements of the tests (``record_property``), including the workers'."""
    for report in terminalreporter.getreports("passed"):
        for name, figure in report.user_properties:
            if name not in FOR_TABLES:
                terminalreporter.write_line(f"{report.nodeid}: {name} {figure}")
    terminalreporter.write_line(table_of_combinations(terminalreporter.getreports("passed")))
    show(terminalreporter)


@pytest.fixture
def shots(tmp_path: Path) -> Path:
    """The folder of the screenshots: that of SCREENSHOTS_FOLDER, if it is set."""
    return Path(os.environ.get("SCREENSHOTS_FOLDER", tmp_path)).absolute()
