"""Three nodes of PostgreSQL under Patroni, with etcd and HAProxy, as docs/cluster has them."""

import importlib.util
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import psutil
from mirakuru import TCPExecutor
from sqlalchemy import URL

from tests.cluster import reaper
from tests.cluster.networks import AHEAD, Network, network
from tests.combinations import TEMPLATE
from tests.reliability.load import eventually
from tests.servers import (
    POSTGRESQL_FOLDERS,
    NoServer,
    administrator,
    find_program,
    ids_of,
    private_folder,
    running,
)

CONFIGURATION = TEMPLATE / "docs" / "cluster"
NETWORK = "10.0.0."  # what the addresses of the documented configuration begin with
BALANCER, ETCD = 1, 2  # hosts of the network
NODES = (11, 12, 13)
PRIMARY_PORT, REPLICA_PORT = 5000, 5001
DATABASE = ROLE = "service"
START_TIMEOUT = 90  # seconds until all nodes run
HTTP_TIMEOUT = 5  # seconds

# Patroni runs as the account of PostgreSQL, but reads the Python of the tests, which may
# belong to root alone.
READS_ALL = "+dac_read_search"


@dataclass
class Node:
    """A node: a namespace with Patroni and PostgreSQL."""

    host: int
    network: Network
    folder: Path
    command: list[str]
    environment: Mapping[str, str]

    @property
    def name(self) -> str:
        return f"node{self.host - 10}"

    @property
    def address(self) -> str:
        return self.network.address(self.host)

    def start(self) -> None:
        """Start Patroni, which starts PostgreSQL."""
        with (self.folder / f"{self.name}.log").open("a", encoding="utf-8") as log:
            subprocess.Popen(
                self.network.command(self.host, self.command),
                cwd=self.folder,
                env={**os.environ, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def kill(self) -> None:
        """Kill every process: the whole node is gone, but for its data."""
        self.network.kill(self.host)

    def kill_database(self) -> None:
        """Kill the processes of PostgreSQL; Patroni lives."""
        for each in self.network.processes(self.host):
            with suppress(psutil.NoSuchProcess, ProcessLookupError):
                if psutil.Process(each).name() == "postgres":
                    os.kill(each, signal.SIGKILL)


@dataclass
class Cluster:
    """The nodes, and the ways to their database."""

    network: Network
    nodes: list[Node]
    password: str
    _passwords: Mapping[str, str] = field(repr=False)

    def balanced_url(self, port: int = PRIMARY_PORT) -> str:
        """Return the URL of the service's database through HAProxy."""
        return self._url(f"{self.network.address(BALANCER)}:{port}")

    def several_hosts_url(self) -> str:
        """Return the URL of the service's database that names all nodes."""
        hosts = ",".join(f"{node.address}:5432" for node in self.nodes)
        return f"{self._url(hosts)}?target_session_attrs=read-write"

    def _url(self, hosts: str) -> str:
        return f"postgresql://{ROLE}:{self.password}@{hosts}/{DATABASE}"

    def members(self) -> list[dict[str, Any]]:
        """Return what the first node that answers knows of all nodes."""
        for node in self.nodes:
            with suppress(OSError, ValueError):
                members: list[dict[str, Any]] = self.ask(node, "/cluster")["members"]
                return members
        return []

    @staticmethod
    def ask(node: Node, path: str, body: object = None) -> Any:
        """Return the response of a node's Patroni. Raises OSError when there is none."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        request = Request(f"http://{node.address}:8008{path}", data, headers)
        with urlopen(request, timeout=HTTP_TIMEOUT) as response:
            text = response.read()
        with suppress(ValueError):
            return json.loads(text)
        return text.decode()

    def primary(self) -> Node:
        """Return the node that answers as the primary."""
        for node in self.nodes:
            with suppress(HTTPError, OSError):
                self.ask(node, "/primary")
                return node
        raise LookupError("no node is the primary")

    def synchronous(self) -> Node:
        """Return the node that has every acknowledged commit beside the primary."""
        [name] = [each["name"] for each in self.members() if each["role"] == "sync_standby"]
        [node] = [node for node in self.nodes if node.name == name]
        return node

    def switch_over(self) -> None:
        """Hand the primary's part over to the synchronous standby, and wait until it is done."""
        leader, candidate = self.primary(), self.synchronous()
        order = {"leader": leader.name, "candidate": candidate.name}
        self.ask(leader, "/switchover", order)

    @property
    def is_whole(self) -> bool:
        """Whether there is a primary, a synchronous standby and another one, all streaming."""
        members = self.members()
        roles = sorted(each["role"] for each in members)
        states = sorted(each["state"] for each in members)
        return roles == ["leader", "replica", "sync_standby"] and states == [
            "running",
            "streaming",
            "streaming",
        ]

    def wait_until_whole(self) -> None:
        """Wait until every node has its part."""
        eventually(lambda: self.is_whole, START_TIMEOUT, f"a whole cluster: {self.log()}")

    def create_database(self) -> None:
        """Create the database of the services, and their role, unless they exist."""
        primary = self.primary()
        exists = f"SELECT 1 FROM pg_database WHERE datname = '{DATABASE}'"
        if self.query(primary, exists, "postgres"):
            return
        role = f"CREATE ROLE {ROLE} LOGIN PASSWORD '{self.password}'"
        for statement in (role, f"CREATE DATABASE {DATABASE} OWNER {ROLE}"):
            self.query(primary, statement, "postgres")

    def log(self) -> str:
        """Return the path of the logs."""
        return str(self.nodes[0].folder)

    def query(self, node: Node, statement: str, database: str = DATABASE) -> list[Any]:
        """Return the first column of a query's rows on a node, as its administrator."""
        url = URL.create(
            "postgresql",
            "postgres",
            self._passwords["PATRONI_SUPERUSER_PASSWORD"],
            node.address,
            5432,
            database,
        )
        with administrator(url, connect_args={"connect_timeout": 2}).connect() as connection:
            result = connection.exec_driver_sql(statement)
            return [*result.scalars()] if result.returns_rows else []


@contextmanager
def patroni_cluster() -> Iterator[Cluster]:
    """Run a cluster, whose nodes only begin to start. Raises NoServer where it cannot."""
    etcd, haproxy = _program("etcd", "etcd-server"), _program("haproxy", "haproxy")
    postgres = find_program(["initdb"], POSTGRESQL_FOLDERS)
    if not (postgres and importlib.util.find_spec("patroni")):
        raise NoServer("Patroni: install the dev group, and Debian's postgresql")
    with ExitStack() as stack:
        folder, account = stack.enter_context(private_folder("postgres"))
        net = stack.enter_context(network(NODES))
        configuration = _configure("patroni.yaml", folder, net)
        stack.enter_context(_etcd(etcd, folder, net, account))
        passwords = {
            "PATRONI_SUPERUSER_PASSWORD": secrets.token_hex(),
            "PATRONI_REPLICATION_PASSWORD": secrets.token_hex(),
        }
        programs = Path(postgres).resolve().parent
        nodes = [_node(net, host, folder, configuration, programs, passwords) for host in NODES]
        cluster = Cluster(net, nodes, secrets.token_hex(), passwords)
        stack.callback(_stop, cluster)
        for node in nodes:
            node.start()
        stack.enter_context(_haproxy(haproxy, folder, net))
        yield cluster


def _program(name: str, package: str) -> str:
    program = find_program([name], [Path("/usr/sbin")])
    if not program:
        raise NoServer(f"Patroni: there is no {name}; install Debian's {package}")
    return program


def _configure(name: str, folder: Path, net: Network) -> Path:
    """Write a documented file with the addresses of the network, and return its path."""
    text = (CONFIGURATION / name).read_text(encoding="utf-8")
    path = folder / name
    path.write_text(text.replace(NETWORK, net.prefix), encoding="utf-8")
    path.chmod(0o644)
    return path


def _node(
    net: Network,
    host: int,
    folder: Path,
    configuration: Path,
    programs: Path,
    passwords: Mapping[str, str],
) -> Node:
    user, group = ids_of("postgres")
    rights = [f"--inh-caps={READS_ALL}", f"--ambient-caps={READS_ALL}"]
    account = ["setpriv", f"--reuid={user}", f"--regid={group}", "--clear-groups", *rights]
    patroni = [*account, sys.executable, "-m", "patroni", str(configuration)]
    node = Node(host, net, folder, [sys.executable, reaper.__file__, *patroni], {})
    node.environment = {
        **passwords,
        "HOME": str(folder),
        "PATRONI_NAME": node.name,
        "PATRONI_RESTAPI_CONNECT_ADDRESS": f"{node.address}:8008",
        "PATRONI_POSTGRESQL_CONNECT_ADDRESS": f"{node.address}:5432",
        "PATRONI_POSTGRESQL_DATA_DIR": str(folder / node.name),
        "PATRONI_POSTGRESQL_BIN_DIR": str(programs),
        "PATRONI_POSTGRESQL_PGPASS": str(folder / f"{node.name}.pgpass"),
    }
    return node


def _stop(cluster: Cluster) -> None:
    for node in cluster.nodes:
        node.kill()
    if kept := os.environ.get("KEPT_LOGS"):  # a folder, to find out what went wrong
        for log in cluster.nodes[0].folder.glob("*.log"):
            shutil.copy(log, kept)


@contextmanager
def _etcd(program: str, folder: Path, net: Network, account: dict[str, Any]) -> Iterator[None]:
    address = net.address(ETCD)
    clients, peers = f"http://{address}:2379", f"http://{address}:2380"
    options = {
        "name": "etcd",
        "data-dir": folder / "etcd",
        "listen-client-urls": clients,
        "advertise-client-urls": clients,
        "listen-peer-urls": peers,
        "initial-advertise-peer-urls": peers,
        "initial-cluster": f"etcd={peers}",
        "unsafe-no-fsync": "true",
    }
    with _listening(program, options, address, 2379, folder, account):
        yield


@contextmanager
def _haproxy(program: str, folder: Path, net: Network) -> Iterator[None]:
    configuration = _configure("haproxy.cfg", folder, net)
    command = [*AHEAD, program, "-db", "-f", str(configuration)]
    server = partial(TCPExecutor, command, host=net.address(BALANCER), port=PRIMARY_PORT)
    with running(server, folder / "haproxy.log"):
        yield


@contextmanager
def _listening(
    program: str,
    options: Mapping[str, object],
    address: str,
    port: int,
    folder: Path,
    account: dict[str, Any],
) -> Iterator[None]:
    command = [*AHEAD, program, *(f"--{name}={value}" for name, value in options.items())]
    server = partial(
        TCPExecutor, command, host=address, port=port, cwd=str(folder), popen_kwargs=account
    )
    with running(server, folder / "etcd.log"):
        yield
