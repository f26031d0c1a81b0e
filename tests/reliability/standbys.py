"""Pairs of database servers: a primary, and one that is read-only for all tests."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sqlalchemy import make_url

from tests.conftest import enter_server
from tests.installed import Installed
from tests.reliability.observer import ServerObserver
from tests.servers import KINDS, NO_SETTINGS, PrivateServer, administrator

DATABASE = "failover"
USER, PASSWORD = "of_the_service", "a-password-of-its-own"
# The user lacks the rights with which an administrator can write to a read-only server.
MAKE_USER: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "postgresql": (
            f"CREATE ROLE {USER} LOGIN PASSWORD '{PASSWORD}'",
            f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {USER}",
            f"GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO {USER}",
        ),
        "mysql": (
            f"CREATE USER {USER} IDENTIFIED BY '{PASSWORD}'",
            f"GRANT ALL ON {DATABASE}.* TO {USER}",
        ),
    }
)


@dataclass(frozen=True)
class Pair:
    """A primary and its standby, with the same schema."""

    primary: int  # the port
    standby: int  # the port
    url: str  # of the database of the primary, for the user of a service
    standby_observer: ServerObserver

    def url_at(self, port: int) -> str:
        """Return the URL for the user of a service with another port."""
        return make_url(self.url).set(port=port).render_as_string(hide_password=False)


class Pairs:
    """The pairs of a worker, each created when it is first used."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._pairs: dict[str, Pair] = {}

    def of(self, project: Installed, primary: PrivateServer) -> Pair:
        """Return the pair for a project; all projects of a database have the same migrations."""
        database, kind = project.combination.database, project.combination.server
        if kind not in self._pairs:
            standby = enter_server(self._stack, KINDS[kind].start(NO_SETTINGS))
            for server in (primary, standby):
                prepare(project, server)
            READ_ONLY[database](standby)
            self._pairs[kind] = _pair(database, primary, standby)
        return self._pairs[kind]


def prepare(project: Installed, server: PrivateServer) -> None:
    """Create the database of a server, its tables, and the user of services."""
    database, url = project.combination.database, f"{server.url}/{DATABASE}"
    project.with_variables(APP_DATABASE_URL=url).run("python -m app.database upgrade --wait 30")
    for statement in MAKE_USER[database]:
        _run(url, statement)


def make_postgresql_read_only(server: PrivateServer) -> None:
    """Make a server a standby without a primary, which stays in recovery."""
    url = f"{server.url}/{DATABASE}"
    [folder] = _run(url, "SHOW data_directory")
    with server.killed():
        Path(folder, "standby.signal").touch()


def make_mysql_read_only(server: PrivateServer) -> None:
    """Let a server refuse all writes except those of administrators."""
    _run(server.url, "SET GLOBAL read_only = ON")


READ_ONLY: Mapping[str, Callable[[PrivateServer], None]] = MappingProxyType(
    {"postgresql": make_postgresql_read_only, "mysql": make_mysql_read_only}
)


def _pair(database: str, primary: PrivateServer, standby: PrivateServer) -> Pair:
    url = make_url(f"{primary.url}/{DATABASE}").set(username=USER, password=PASSWORD)
    ports = [make_url(server.url).port for server in (primary, standby)]
    assert ports[0] is not None
    assert ports[1] is not None
    return Pair(
        ports[0],
        ports[1],
        url.render_as_string(hide_password=False),
        ServerObserver(database, f"{standby.url}/{DATABASE}"),
    )


def _run(url: str, statement: str) -> list[Any]:
    with administrator(url).connect() as connection:
        result = connection.exec_driver_sql(statement)
        return [*result.scalars()] if result.returns_rows else []
