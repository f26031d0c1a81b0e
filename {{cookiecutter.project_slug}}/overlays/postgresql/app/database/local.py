"""A PostgreSQL server of the project's own, for development and for its tests.

The service never imports this: the programs come with the development dependencies.
"""

import shutil
import signal
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from app.database.programs import (
    NoServer,
    Programs,
    check_access,
    find_programs,
    hand_over,
)

if TYPE_CHECKING:
    from sqlalchemy import URL

FOLDER = Path(__file__).parents[2] / ".postgres"
HOSTS = ("127.0.0.1", "localhost", "::1")
PORT = 5432
POLL = 0.5  # seconds between two looks at a server that should be running
# The names of signals that ask to end; not every system has all of them.
SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")


@dataclass(frozen=True)
class Server:
    """A server, with its data and its log in a folder of its own."""

    folder: Path
    host: str
    port: int
    user: str
    password: str
    settings: Mapping[str, object] = field(default_factory=dict)

    @property
    def data(self) -> Path:
        """The folder of the data, which is there once it is complete."""
        return self.folder / "data"

    @property
    def log(self) -> Path:
        """The file in which the server tells what happens."""
        return self.folder / "log"

    @property
    def process_file(self) -> Path:
        """The file that begins with the number of the server's process, if it runs."""
        return self.data / "postmaster.pid"


def serve(url: "URL") -> None:
    """Run a server at the address of the URL until it is interrupted.

    The data stays for the next time. Raises NoServer, also when the server ends.
    """
    server = _server_for(url)
    programs = find_programs()
    _check_that_it_can_start(server, programs)
    interrupt_on_signals()
    try:
        with running(server, programs):
            print(
                f"PostgreSQL {programs.version} ({programs.origin}) at {server.host}:"
                f"{server.port}, with its data in {server.folder}. Ctrl-C stops it.",
                flush=True,
            )
            while server.process_file.exists():
                time.sleep(POLL)
    except KeyboardInterrupt:
        print("stopped")
        return
    raise NoServer(f"The server has ended: {server.log} says why.")


@contextmanager
def running(server: Server, programs: Programs) -> Iterator[None]:
    """Keep a server running, whose data is made if there is none.

    Raises NoServer where it does not start.
    """
    server.folder.mkdir(mode=0o700, exist_ok=True)
    hand_over(server.folder)
    check_access(server.folder)
    with programs.within_reach(server.folder) as reachable:
        if not server.data.exists():
            _make_data(server, reachable)
        try:
            _start(server, reachable)
            yield
        finally:
            _control(server, reachable, "stop", "--mode=fast")


def interrupt_on_signals() -> None:
    """Let each signal that asks to end do what Ctrl-C does, and only the first one.

    A second one would interrupt the stopping.
    """
    numbers = [getattr(signal, name) for name in SIGNALS if hasattr(signal, name)]

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        for number in numbers:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    for number in numbers:
        signal.signal(number, interrupt)


def _server_for(url: "URL") -> Server:
    if url.host not in HOSTS:
        raise NoServer(
            f"A local server cannot be at {url.host or 'a socket'}: change the host in "
            f"APP_DATABASE_URL to {HOSTS[0]}."
        )
    if not (url.username and url.password):
        raise NoServer("APP_DATABASE_URL needs a user and a password: add them.")
    return Server(FOLDER, url.host, url.port or PORT, url.username, str(url.password))


def _check_that_it_can_start(server: Server, programs: Programs) -> None:
    if process := _running_on(server):
        raise NoServer(
            f"A server runs on {server.folder} already: use it, or end its process, "
            f"number {process}."
        )
    if _listens(server.host, server.port):
        raise NoServer(
            f"Port {server.port} is taken by another program: stop that, or change the "
            "port in APP_DATABASE_URL."
        )
    if not server.data.exists():
        return
    made_by = (server.data / "PG_VERSION").read_text(encoding="utf-8").strip()
    major = programs.version.split(".")[0]
    if made_by != major:
        raise NoServer(
            f"The data in {server.folder} is of PostgreSQL {made_by}, and this is "
            f"{major}: take it over with the pg_dump of {made_by}, or remove the folder."
        )


def _running_on(server: Server) -> str | None:
    """Return the process of a server that runs on the same data, or None."""
    if not server.process_file.exists():
        return None
    # https://www.postgresql.org/docs/current/storage-file-layout.html
    process, _, _, port, *_ = server.process_file.read_text("utf-8").splitlines()
    return process if _listens(server.host, int(port)) else None


def _listens(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=1):
            return True
    except OSError:
        return False


def _make_data(server: Server, programs: Programs) -> None:
    """Make the data whole or not at all, for a superuser with a password."""
    unfinished = server.folder / "data.unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    password = server.folder / "password"
    password.touch(mode=0o600)
    password.write_text(server.password, encoding="utf-8")
    hand_over(password)
    try:
        code, said = programs.run(
            "initdb",
            f"--pgdata={unfinished}",
            f"--username={server.user}",
            f"--pwfile={password}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            *_locale(programs),
            cwd=server.folder,
        )
    finally:
        password.unlink()
    if code:
        raise NoServer(f"PostgreSQL's data cannot be made: {said}")
    unfinished.rename(server.data)


def _locale(programs: Programs) -> list[str]:
    """Return the same locale for every system, with the rules of Unicode if it can be."""
    if int(programs.version.split(".")[0]) < 17:
        return ["--locale=C"]
    return ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]


def _start(server: Server, programs: Programs) -> None:
    settings = {
        "listen_addresses": server.host,
        "port": server.port,
        "unix_socket_directories": "",
        **server.settings,
    }
    options = " ".join(f"-c {name}={value}" for name, value in settings.items())
    log = f"--log={server.log}"
    code, said = _control(server, programs, "start", log, f"--options={options}")
    if code:
        told = server.log.read_text(errors="replace") if server.log.exists() else said
        last = told.strip().splitlines()[-1:]
        raise NoServer(f"PostgreSQL does not start; {server.log} ends with: {last}")


def _control(
    server: Server, programs: Programs, action: str, *options: str
) -> tuple[int, str]:
    arguments = ["--wait", f"--pgdata={server.data}", *options]
    return programs.run("pg_ctl", action, *arguments, cwd=server.folder)
