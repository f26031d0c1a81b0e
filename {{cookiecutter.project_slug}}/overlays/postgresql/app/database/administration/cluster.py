"""A PostgreSQL server with its data in a folder of its own."""

import shutil
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from app.database.administration.programs import (
    NoServer,
    Programs,
    check_access,
    hand_over,
)

# Signals that ask the process to end; not every system has all of them.
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
        """The folder of the data, which exists once it is complete."""
        return self.folder / "data"

    @property
    def log(self) -> Path:
        """The file that the server logs to."""
        return self.folder / "log"

    @property
    def process_file(self) -> Path:
        """The file that begins with the server's process id, while it runs."""
        return self.data / "postmaster.pid"


@contextmanager
def running(server: Server, programs: Programs) -> Iterator[None]:
    """Run a server, and stop it at the end. Creates its data if there is none.

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
    """Raise KeyboardInterrupt for the first signal that asks to end, and ignore others.

    A second one would interrupt the shutdown.
    """
    numbers = [getattr(signal, name) for name in SIGNALS if hasattr(signal, name)]

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        for number in numbers:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    for number in numbers:
        signal.signal(number, interrupt)


def _make_data(server: Server, programs: Programs) -> None:
    """Create the data, completely or not at all, for a superuser with a password."""
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
    """Return a locale that every system has, with the rules of Unicode if possible."""
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
