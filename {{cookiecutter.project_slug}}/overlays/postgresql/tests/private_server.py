"""A PostgreSQL server for one run of the tests, which ends when the run does.

It is kept by a process of its own that waits for the end of its standard input. That
comes when the tests close it, and also when they are killed, on every system.
"""

import atexit
import secrets
import socket
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

from app.database.administration.cluster import Server, interrupt_on_signals, running
from app.database.administration.programs import NoServer, find_programs

HOST = "127.0.0.1"
USER = "postgres"
# The data is thrown away, so nobody waits for a disk.
SETTINGS = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}


@cache
def start() -> str:
    """Start the server, and return its URL, which names no database.

    Raises NoServer where it does not start.
    """
    keeper = subprocess.Popen(
        [sys.executable, "-m", "tests.private_server"],
        cwd=Path(__file__).parents[1],
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        # Ctrl-C is for the tests, which still need the server then, to tidy up.
        start_new_session=True,
        creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
    )
    atexit.register(keeper.communicate)  # closes its input, and waits for its end
    assert keeper.stdout is not None
    line = keeper.stdout.readline().strip()
    if not line.startswith("postgresql://"):
        raise NoServer(line + keeper.communicate()[0])
    return line


def main() -> None:
    """Keep a server until standard input ends. Exits with 1 where it cannot start."""
    interrupt_on_signals()
    try:
        with tempfile.TemporaryDirectory(prefix="postgresql-") as folder:
            _keep(Path(folder))
    except NoServer as error:
        sys.exit(str(error))


def _keep(folder: Path) -> None:
    server = Server(folder, HOST, _free_port(), USER, secrets.token_hex(), SETTINGS)
    with running(server, find_programs()):
        print(f"postgresql://{USER}:{server.password}@{HOST}:{server.port}", flush=True)
        sys.stdin.read()


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        port: int = listener.getsockname()[1]
        return port


if __name__ == "__main__":
    main()
