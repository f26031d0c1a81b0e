"""The database servers of the tests: one that the environment names, or a private one.

A private server is made for the tests from the binaries that the machine has. It
listens on a free port of 127.0.0.1, keeps its data in a temporary folder, and is gone,
with its folder, when the tests end. What it has committed survives its own death, not
that of the machine: it never waits for a disk.
"""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

import psutil
from mirakuru import Executor, TCPExecutor
from mirakuru.exceptions import ExecutorError
from port_for import select_random

HOST = "127.0.0.1"
START_TIMEOUT = 60  # seconds
POLL = 0.02  # seconds between two looks at a server that comes or goes
MAX_CONNECTIONS = 200
NO_SETTINGS: Mapping[str, object] = MappingProxyType({})

# Where the binaries are on systems that keep them off the PATH. Newest version first.
POSTGRESQL_FOLDERS = sorted(
    Path("/usr/lib/postgresql").glob("*/bin"),
    key=lambda folder: float(folder.parent.name),
    reverse=True,
)
MARIADB_FOLDERS = (Path("/usr/sbin"), Path("/usr/local/sbin"))


class NoServer(Exception):
    """There is no server to be had; the message says in one line what to install."""


@dataclass(frozen=True)
class PrivateServer:
    """A server of a test's own, which the test may kill, restart and freeze."""

    url: str
    _process: Executor

    @contextmanager
    def killed(self) -> Iterator[None]:
        """Kill every process of the server; start it again on the same port and data.

        It listens at the end, but may still recover, and refuse whoever connects.
        """
        processes = self._halted()
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
        """Keep every process of the server from running: it listens, and never answers."""
        processes = self._halted()
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

    def _halted(self) -> list[psutil.Process]:
        """Give all processes of the server; the first is suspended, so it starts no more."""
        assert self._process.process is not None, "the server does not run"
        first = psutil.Process(self._process.process.pid)
        first.suspend()
        return [first, *first.children(recursive=True)]


def _is_alive(process: psutil.Process) -> bool:
    # Where nobody waits for orphans, they stay as zombies, which hold nothing.
    return _status(process) != psutil.STATUS_ZOMBIE


def _runs(process: psutil.Process) -> bool:
    # On a busy machine a suspended process still ran, and answered, for up to 50 ms.
    return _status(process) not in {psutil.STATUS_STOPPED, psutil.STATUS_ZOMBIE}


def _status(process: psutil.Process) -> str:
    try:
        return str(process.status())
    except psutil.NoSuchProcess:
        return str(psutil.STATUS_ZOMBIE)


@contextmanager
def postgresql() -> Iterator[str]:
    """Give the URL, without a database, of a PostgreSQL server.

    It is POSTGRESQL_URL where that is set. Raises NoServer where neither it nor the
    binaries are there, and RuntimeError with the log when the server does not start.
    """
    if url := os.environ.get("POSTGRESQL_URL"):
        yield url.rstrip("/")
        return
    with private_postgresql() as server:
        yield server.url


@contextmanager
def private_postgresql(more: Mapping[str, object] = NO_SETTINGS) -> Iterator[PrivateServer]:
    """Start a PostgreSQL server of the caller's own, with more settings than those below.

    Raises as `postgresql` does.
    """
    initdb = find_program(["initdb"], POSTGRESQL_FOLDERS)
    postgres = find_program(["postgres"], POSTGRESQL_FOLDERS)
    if not (initdb and postgres):
        raise NoServer("PostgreSQL: no server; install Debian's postgresql or set POSTGRESQL_URL")
    port = select_random()
    with private_folder("postgres") as (folder, account):
        data = str(folder / "data")
        make = [initdb, "--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C"]
        run([*make, "--no-sync", "--pgdata", data], folder, account)
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
            [postgres, "-D", data, *options],
            host=HOST,
            port=port,
            cwd=str(folder),
            popen_kwargs=account,
            stop_signal=signal.SIGINT,  # do not wait for clients that are still connected
        )
        with running(server, folder / "log") as process:
            yield PrivateServer(f"postgresql://postgres@{HOST}:{port}", process)


@contextmanager
def mysql() -> Iterator[str]:
    """Give the URL, without a database, of a MariaDB or MySQL server.

    It is MYSQL_URL where that is set. Raises NoServer where neither it nor the binaries
    of MariaDB are there, and RuntimeError with the log when the server does not start.
    """
    if url := os.environ.get("MYSQL_URL"):
        yield url.rstrip("/")
        return
    with private_mysql() as server:
        yield server.url


@contextmanager
def private_mysql(more: Mapping[str, object] = NO_SETTINGS) -> Iterator[PrivateServer]:
    """Start a MariaDB server of the caller's own, with more settings than those below.

    Raises as `mysql` does.
    """
    install = find_program(["mariadb-install-db", "mysql_install_db"], MARIADB_FOLDERS)
    mariadbd = find_program(["mariadbd", "mysqld"], MARIADB_FOLDERS)
    if not (install and mariadbd):
        raise NoServer("MariaDB: no server; install Debian's mariadb-server or set MYSQL_URL")
    port = select_random()
    with private_folder("mysql") as (folder, account):
        common = ["--no-defaults", f"--datadir={folder / 'data'}", f"--tmpdir={folder}"]
        run(
            [install, *common, "--auth-root-authentication-method=normal", "--skip-test-db"],
            folder,
            account,
        )
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
        options = [f"--{name}={value}" for name, value in settings.items()]
        server = partial(
            TCPExecutor,
            [mariadbd, *common, "--skip-log-bin", *options],
            host=HOST,
            port=port,
            cwd=str(folder),
            popen_kwargs=account,
        )
        with running(server, folder / "log") as process:
            yield PrivateServer(f"mysql://root@{HOST}:{port}", process)


# By the names that cookiecutter.json gives to databases.
SERVERS: dict[str, Callable[[], AbstractContextManager[str]]] = {
    "postgresql": postgresql,
    "mysql": mysql,
}
PRIVATE_SERVERS: dict[str, Callable[[], AbstractContextManager[PrivateServer]]] = {
    "postgresql": private_postgresql,
    "mysql": private_mysql,
}


def find_program(names: Iterable[str], folders: Iterable[Path]) -> str | None:
    """Find the first of the names on the PATH, or else in the folders."""
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), *map(str, folders)])
    return next(filter(None, (shutil.which(name, path=path) for name in names)), None)


@contextmanager
def private_folder(account: str) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Make a folder for a server, and the arguments of Popen that run the server in it.

    Database servers refuse to run as root. There they are given to the system account,
    or to ``nobody``; hence no folder of pytest's, which only its owner may enter.
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
    """Give the user and group numbers of a system account, or those of ``nobody``."""
    import pwd  # POSIX has it, as it has root

    try:
        entry = pwd.getpwnam(account)
    except KeyError:
        entry = pwd.getpwnam("nobody")
    return entry.pw_uid, entry.pw_gid


def run(command: list[str], folder: Path, account: dict[str, Any]) -> None:
    """Run a command to its end. Raises RuntimeError with its output when it fails."""
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
    """Keep a process running: started, waited for, given, stopped.

    Takes one of mirakuru's executors with its arguments bound, except for the streams.
    Raises RuntimeError with the log when the process does not start, and mirakuru's
    ProcessFinishedWithError when it ends with an error.
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
