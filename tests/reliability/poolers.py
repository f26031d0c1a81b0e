"""PgBouncer in transaction mode, in front of a private server."""

import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import MappingProxyType

from mirakuru import TCPExecutor
from port_for import select_random
from sqlalchemy import make_url

from tests import debian
from tests.conftest import enter_server
from tests.installed import Installed
from tests.reliability.conftest import Deployment
from tests.servers import HOST, NoServer, find_program, private_folder, running, version_of

POOL_SIZE = 5
MAX_CLIENTS = 200
KEPT_STATEMENTS = 200


@dataclass(frozen=True)
class Pooler:
    """A pooler that runs: its version, and where it listens."""

    version: str
    port: int

    def before(self, deployment: Deployment, query: str = "") -> Installed:
        """Return the project with the pooler before its server, and the way round it.

        The query is added to the URL of the pooler.
        """
        direct = make_url(deployment.project.variables["APP_DATABASE_URL"])
        through = direct.set(port=self.port).update_query_string(query)
        return deployment.project.with_variables(
            APP_DATABASE_POOLER="transaction",
            APP_DATABASE_URL=through.render_as_string(hide_password=False),
            APP_DATABASE_DIRECT_URL=direct.render_as_string(hide_password=False),
        )


def newest() -> list[str]:
    """Return the command of the newest PgBouncer, which can keep prepared statements."""
    return _unpacked(debian.NEWEST)


def of_the_machine() -> list[str]:
    """Return the command of the machine's PgBouncer, or of the one of Debian 12."""
    installed = find_program(["pgbouncer"], [Path("/usr/sbin")])
    return [installed] if installed else _unpacked("bookworm")


def _unpacked(suite: str) -> list[str]:
    try:
        return debian.command(debian.unpacked("pgbouncer", suite), "usr/sbin/pgbouncer")
    except debian.NotUnpacked as error:
        raise NoServer(f"PgBouncer: install Debian's pgbouncer ({error})") from error


KINDS: Mapping[str, tuple[Callable[[], list[str]], Mapping[str, object]]] = MappingProxyType(
    {
        "newest": (newest, {"max_prepared_statements": KEPT_STATEMENTS}),
        "of-the-machine": (of_the_machine, {}),
        "ignoring": (of_the_machine, {"ignore_startup_parameters": "options"}),
    }
)


@contextmanager
def pgbouncer(kind: str, server_port: int) -> Iterator[Pooler]:
    """Run a pooler with a pool of five connections for each database of a server.

    It takes a client by any user's name, without a password. Raises NoServer where there
    is no PgBouncer.
    """
    find, more = KINDS[kind]
    program = find()
    port = select_random()
    settings = {
        "listen_addr": HOST,
        "listen_port": port,
        "unix_socket_dir": "",
        "auth_type": "any",
        "pool_mode": "transaction",
        "default_pool_size": POOL_SIZE,
        "max_client_conn": MAX_CLIENTS,
        **more,
    }
    with private_folder("postgres") as (folder, account):
        file = folder / "pgbouncer.ini"
        lines = [
            "[databases]",
            f"* = host={HOST} port={server_port} user=postgres",
            "[pgbouncer]",
            *(f"{name} = {value}" for name, value in settings.items()),
        ]
        file.write_text("\n".join([*lines, ""]), encoding="utf-8")
        executor = partial(
            TCPExecutor,
            [*program, str(file)],
            host=HOST,
            port=port,
            cwd=str(folder),
            popen_kwargs=account,
            stop_signal=signal.SIGKILL,  # what asks it to end, and to wait, differs by version
        )
        with running(executor, folder / "log"):
            yield Pooler(version_of(program).split()[1], port)


class Poolers:
    """Poolers, each started when it is first used."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._poolers: dict[tuple[str, int], Pooler] = {}

    def of(self, kind: str, deployment: Deployment) -> Pooler:
        """Return the pooler of a kind before the server of a deployment; skip if there is none."""
        assert deployment.server is not None
        port = make_url(deployment.server.url).port
        assert port is not None
        if (kind, port) not in self._poolers:
            self._poolers[kind, port] = enter_server(self._stack, pgbouncer(kind, port))
        return self._poolers[kind, port]
