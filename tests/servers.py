"""The database servers of the tests: one that the environment names, or a private one.

A private server is made for the tests from the binaries that the machine has. It
listens on a free port of 127.0.0.1, keeps its data in a temporary folder, and is gone,
with its folder, when the tests end. Nothing of it is worth keeping, so it never waits
for a disk.
"""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from mirakuru import Executor, TCPExecutor
from mirakuru.exceptions import ExecutorError
from port_for import select_random

HOST = "127.0.0.1"
START_TIMEOUT = 60  # seconds
MAX_CONNECTIONS = 200

# Where the binaries are on systems that keep them off the PATH. Newest version first.
POSTGRESQL_FOLDERS = sorted(
    Path("/usr/lib/postgresql").glob("*/bin"),
    key=lambda folder: float(folder.parent.name),
    reverse=True,
)
MARIADB_FOLDERS = (Path("/usr/sbin"), Path("/usr/local/sbin"))


class NoServer(Exception):
    """There is no server to be had; the message says in one line what to install."""


@contextmanager
def postgresql() -> Iterator[str]:
    """Give the URL, without a database, of a PostgreSQL server.

    It is POSTGRESQL_URL where that is set. Raises NoServer where neither it nor the
    binaries are there, and RuntimeError with the log when the server does not start.
    """
    if url := os.environ.get("POSTGRESQL_URL"):
        yield url.rstrip("/")
        return
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
            "synchronous_commit": "off",
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
        with running(server, folder / "log"):
            yield f"postgresql://postgres@{HOST}:{port}"


@contextmanager
def mysql() -> Iterator[str]:
    """Give the URL, without a database, of a MariaDB or MySQL server.

    It is MYSQL_URL where that is set. Raises NoServer where neither it nor the binaries
    of MariaDB are there, and RuntimeError with the log when the server does not start.
    """
    if url := os.environ.get("MYSQL_URL"):
        yield url.rstrip("/")
        return
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
            "innodb-flush-log-at-trx-commit": 0,
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
        with running(server, folder / "log"):
            yield f"mysql://root@{HOST}:{port}"


# By the names that cookiecutter.json gives to databases.
SERVERS: dict[str, Callable[[], AbstractContextManager[str]]] = {
    "postgresql": postgresql,
    "mysql": mysql,
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
def running(executor: Callable[..., Executor], log: Path) -> Iterator[None]:
    """Keep a process running: started, waited for, stopped.

    Takes one of mirakuru's executors with its arguments bound, except for the streams.
    Raises RuntimeError with the log when the process does not start, and mirakuru's
    ProcessFinishedWithError when it ends with an error.
    """
    with log.open("w", encoding="utf-8") as stream:
        process = executor(
            timeout=START_TIMEOUT,
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
            yield
        finally:
            process.stop()
