"""The peer: the application that fastapi-template (PyPI) generates, where that works."""

import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import Connection

from benchmarks.databases import Rows, engine_of
from benchmarks.load import Request
from benchmarks.projects import clean_environment
from benchmarks.services import Application

NAME = "fastapi-template (peer)"
DATABASE = "peer"
GENERATE = ("uvx", "--from", "fastapi-template", "fastapi_template", "--quiet", "--name=peer")
FEATURES = ("--api-type=rest", "--db=postgresql", "--orm=sqlalchemy", "--ci=none")
EXAMPLES = ("--migrations", "--dummy", "--routers")

# It has a table of id and name, and two routes: less work than ours in both.
REQUESTS = {
    "users": Request("GET", "/api/dummy/?limit=20"),
    "category": Request("PUT", "/api/dummy/", '{"name": "Dummy {run}-{n}"}'),
}


class NoPeer(Exception):
    """The peer cannot be had here; the message says why."""


def make_peer(folder: Path, server: str) -> Application:
    """Generate the peer and its environment, and fill its database. Raises NoPeer.

    ``server`` is the URL of the PostgreSQL server, without a database.
    """
    project = folder / "peer"
    # Its own installation wants a Python that may not be there; it runs on ours.
    _run([*GENERATE, *FEATURES, *EXAMPLES], folder, UV_PYTHON_DOWNLOADS="never")
    _run(["uv", "venv", f"--python={sys.executable}"], project)
    _run(["uv", "pip", "install", "--requirement=pyproject.toml"], project)
    variables = _variables(server)
    _create_database(server)
    python = str(project / ".venv" / "bin" / "python")
    _run([python, "-m", "alembic", "upgrade", "head"], project, **variables)
    _fill(server)
    return Application(NAME, python, "peer.web.application:get_app", project, variables, REQUESTS)


def _variables(server: str) -> dict[str, str]:
    address = urlsplit(server)
    return {
        "PEER_DB_HOST": str(address.hostname),
        "PEER_DB_PORT": str(address.port),
        "PEER_DB_USER": str(address.username),
        "PEER_DB_PASS": "trusted",  # the server asks for none
        "PEER_DB_BASE": DATABASE,
    }


def _create_database(server: str) -> None:
    _execute(f"{server}/postgres", lambda c: c.exec_driver_sql(f"create database {DATABASE}"))


def _fill(server: str) -> None:
    rows = Rows().users
    values = f"select 'Dummy ' || i from generate_series(1, {rows}) i"
    insert = f"insert into dummy_model (name) {values}"
    _execute(f"{server}/{DATABASE}", lambda c: c.exec_driver_sql(insert))


def _execute(url: str, work: Callable[[Connection], object]) -> None:
    engine = engine_of(url)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        work(connection)


def _run(command: Sequence[str], folder: Path, **variables: str) -> None:
    environment = {**clean_environment(), **variables}
    try:
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
    except OSError as error:
        raise NoPeer(str(error)) from error
    if done.returncode:
        last = (done.stdout + done.stderr).strip().splitlines()[-1:]
        raise NoPeer(f"{' '.join(command)}: {' '.join(last)}")
