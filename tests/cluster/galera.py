"""Three nodes of Galera with HAProxy, configured as docs/cluster/ has it.

Each has an address of 127.0.0.0/8 in place of the documented one, and the usual ports.
"""

import random
import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pymysql
from mirakuru import TCPExecutor
from port_for import select_random
from pymysql.err import OperationalError
from sqlalchemy import make_url

from tests.combinations import TEMPLATE
from tests.reliability.load import eventually
from tests.servers import (
    MYSQL_FOLDERS,
    START_TIMEOUT,
    NoServer,
    PrivateServer,
    find_program,
    private_folder,
    run,
    running,
)

CONFIGURATION = TEMPLATE / "docs" / "cluster"
PROVIDER = Path("/usr/lib/galera/libgalera_smm.so")
DOCUMENTED = "10.0.0."  # what the addresses of the documented configuration begin with
BALANCER = 1
NODES = (21, 22, 23)
PORT = 3306
# Without a majority a node answers only those who do not wait for the others.
CONNECT: Mapping[str, Any] = MappingProxyType(
    {
        "connect_timeout": 2,
        "init_command": "SET SESSION wsrep_sync_wait = 0",
        "autocommit": True,
    }
)


@dataclass(frozen=True)
class Node(PrivateServer):
    """A node, which a test may kill, start again, hold back and cut off from the others."""

    @property
    def status(self) -> dict[str, str]:
        """What the node says of itself and of the cluster; nothing if it does not answer."""
        try:
            return dict(self.execute("SHOW GLOBAL STATUS LIKE 'wsrep%'"))
        except OperationalError:
            return {}

    @property
    def is_synced(self) -> bool:
        """Whether the node takes part in the whole cluster."""
        return self.status.get("wsrep_local_state_comment") == "Synced" and self.status.get(
            "wsrep_cluster_size"
        ) == str(len(NODES))

    @property
    def is_cut_off(self) -> bool:
        """Whether the node is up, without the majority."""
        return self.status.get("wsrep_cluster_status") == "non-Primary"

    @property
    def conflicts(self) -> int:
        """The number of transactions to date that lost against those of other nodes."""
        names = ("wsrep_local_cert_failures", "wsrep_local_bf_aborts")
        return sum(int(self.status[name]) for name in names)

    @contextmanager
    def cut_off(self) -> Iterator[None]:
        """Cut the node off from the others, which go on without it."""
        self._isolate(True)
        try:
            eventually(lambda: self.is_cut_off, START_TIMEOUT, "the node has no majority")
            yield
        finally:
            self._isolate(False)

    def _isolate(self, isolated: bool) -> None:
        self.execute(f"SET GLOBAL wsrep_provider_options = 'gmcast.isolate={int(isolated)}'")

    @contextmanager
    def behind(self) -> Iterator[None]:
        """Let the node apply nothing of what is committed on the others."""
        with self._cursor() as cursor:
            cursor.execute("FLUSH TABLES WITH READ LOCK")
            yield

    def is_read(self, database: str) -> bool:
        """Return whether a statement runs, or waits, in a database."""
        running = "SELECT id FROM information_schema.processlist WHERE command = 'Query'"
        return bool(self.execute(f"{running} AND db = '{database}'"))

    def execute(self, statement: str) -> list[Any]:
        """Run a statement as an administrator, and return the rows."""
        with self._cursor() as cursor:
            cursor.execute(statement)
            return [*cursor.fetchall()]

    @contextmanager
    def _cursor(self) -> Iterator[Any]:
        # SQLAlchemy would begin with a ROLLBACK, which a node without a majority refuses.
        host = make_url(self.url).host
        with (
            closing(pymysql.connect(host=host, user="root", **CONNECT)) as connection,
            connection.cursor() as cursor,
        ):
            yield cursor


@dataclass(frozen=True)
class Cluster:
    """The nodes, and the address of HAProxy, which leads to all of them.

    The first node is not to be killed: its command begins a new cluster.
    """

    nodes: list[Node]
    balancer: str

    def wait_until_whole(self) -> float:
        """Wait until all nodes take part, and return the seconds that it took."""
        return eventually(
            lambda: all(node.is_synced for node in self.nodes), START_TIMEOUT, "a whole cluster"
        )


@contextmanager
def galera_cluster() -> Iterator[Cluster]:
    """Start the nodes, one after another, and HAProxy. Raise NoServer where one is missing."""
    if not PROVIDER.exists() or not shutil.which("rsync"):
        raise NoServer("Galera: no provider; install Debian's galera-4 and rsync")
    network = f"127.{random.randint(1, 254)}.{random.randint(1, 254)}."
    with ExitStack() as stack:
        first, *others = NODES
        nodes = [stack.enter_context(_node(network, first, "--wsrep-new-cluster"))]
        nodes[0].execute("CREATE USER haproxy")
        nodes += [stack.enter_context(_node(network, each)) for each in others]
        balancer = stack.enter_context(_haproxy(network))
        cluster = Cluster(nodes, balancer)
        cluster.wait_until_whole()
        yield cluster


@contextmanager
def _node(network: str, host: int, *more: str) -> Iterator[Node]:
    """Start a node with a data folder of its own, and more options."""
    install, mariadbd = map(_program, ("mariadb-install-db", "mariadbd"))
    with private_folder("mysql") as (folder, account):
        folders = [f"--datadir={folder / 'data'}", f"--tmpdir={folder}"]
        root = ["--auth-root-authentication-method=normal", "--skip-test-db"]
        run([install, "--no-defaults", *folders, *root], folder, account)
        server = partial(
            TCPExecutor,
            [mariadbd, *_options(folder, network, host), *folders, *more],
            host=f"{network}{host}",
            port=PORT,
            cwd=str(folder),
            popen_kwargs=account,
        )
        with running(server, folder / "log") as process:
            yield Node(f"mysql://root@{network}{host}:{PORT}", process)


def _program(name: str) -> str:
    program = find_program([name], MYSQL_FOLDERS)
    if not program:
        raise NoServer(f"Galera: no {name}; install Debian's mariadb-server and haproxy")
    return program


def _options(folder: Path, network: str, host: int) -> list[str]:
    """Write the documented configuration of a node, and return its options beside it."""
    text = (CONFIGURATION / "galera.cnf").read_text(encoding="utf-8")
    text = text.replace("ADDRESS", f"{network}{host}").replace("NAME", f"node{host}")
    configuration = folder / "galera.cnf"
    configuration.write_text(text.replace(DOCUMENTED, network), encoding="utf-8")
    return [
        f"--defaults-file={configuration}",
        f"--socket={folder / 'socket'}",
        f"--pid-file={folder / 'pid'}",
        f"--wsrep-sst-receive-address={network}{host}:{select_random()}",
        "--innodb-buffer-pool-size=64M",
    ]


@contextmanager
def _haproxy(network: str) -> Iterator[str]:
    """Run HAProxy with the documented configuration, and yield the URL that leads to it."""
    with private_folder("haproxy") as (folder, account):
        text = (CONFIGURATION / "galera-haproxy.cfg").read_text(encoding="utf-8")
        configuration = folder / "haproxy.cfg"
        configuration.write_text(text.replace(DOCUMENTED, network), encoding="utf-8")
        server = partial(
            TCPExecutor,
            [_program("haproxy"), "-db", "-f", str(configuration)],
            host=f"{network}{BALANCER}",
            port=PORT,
            cwd=str(folder),
            popen_kwargs=account,
        )
        with running(server, folder / "log"):
            yield f"mysql://root@{network}{BALANCER}:{PORT}"
