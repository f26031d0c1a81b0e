"""A PostgreSQL server for development, at the address of the settings.

The service never imports this: the programs come with the development dependencies.
"""

import socket
import time
from pathlib import Path

from sqlalchemy import URL

from app.database.administration.cluster import Server, interrupt_on_signals, running
from app.database.administration.programs import NoServer, Programs, find_programs
from app.database.direct import direct_url_variable

FOLDER = Path(__file__).parents[3] / ".postgres"
HOSTS = ("127.0.0.1", "localhost", "::1")
PORT = 5432
POLL = 0.5  # seconds between two checks that the server still runs


def serve(url: URL) -> None:
    """Run a server at the address of the URL until it is interrupted.

    The data is kept. Raises NoServer, also when the server ends by itself.
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


def _server_for(url: URL) -> Server:
    if url.host not in HOSTS:
        raise NoServer(
            f"A local server cannot be at {url.host or 'a socket'}: change the host in "
            f"{direct_url_variable()} to {HOSTS[0]}."
        )
    if not (url.username and url.password):
        raise NoServer(
            f"{direct_url_variable()} needs a user and a password: add them."
        )
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
            f"port in {direct_url_variable()}."
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
