"""A network of namespaces on this machine: each node has its own, and can be cut off.

The tests, the service and HAProxy are in the machine's own namespace, at address 1 of the
network. All of it needs root and Debian's iproute2.
"""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.servers import POLL, NoServer

NOWHERE = "02:00:00:00:00:99"  # a hardware address that nothing has
HOSTS = (1, 2)  # the addresses of the machine's own namespace
# Nodes stand for machines of their own: services and tests are not to take their processors.
AHEAD = ("nice", "-n", "-10")
LIMIT = 200  # networks at the same time


@dataclass(frozen=True)
class Network:
    """A network 10.213.N.0/24, whose nodes have addresses of their own."""

    number: int

    @property
    def prefix(self) -> str:
        """What all addresses of the network begin with."""
        return f"10.213.{self.number}."

    def address(self, host: int) -> str:
        """Return the address of a node, or of the machine's own namespace."""
        return f"{self.prefix}{host}"

    @property
    def _bridge(self) -> str:
        return f"nodes{self.number}"

    def _namespace(self, node: int) -> str:
        return f"{self._bridge}-{node}"

    def create(self, nodes: Sequence[int]) -> None:
        """Create the namespaces of the nodes, and connect them."""
        _ip(f"link add {self._bridge} type bridge")
        for host in HOSTS:
            _ip(f"address add {self.address(host)}/24 dev {self._bridge}")
        _ip(f"link set {self._bridge} up")
        for node in nodes:
            self._create_node(node)

    def _create_node(self, node: int) -> None:
        name = self._namespace(node)
        _ip(f"netns add {name}")
        _ip(f"link add {name} type veth peer name eth0 netns {name}")
        _ip(f"link set {name} master {self._bridge} up")
        _ip(f"-netns {name} address add {self.address(node)}/24 dev eth0")
        _ip(f"-netns {name} link set lo up")
        _ip(f"-netns {name} link set eth0 up")

    def remove(self) -> None:
        """Kill what still runs in the namespaces, and remove all of the network."""
        # A run that was killed has left etcd and HAProxy in the machine's own namespace.
        for each in psutil.net_connections("tcp"):
            is_ours = each.laddr and each.laddr.ip.startswith(self.prefix)
            if is_ours and each.pid and each.status == psutil.CONN_LISTEN:
                with suppress(ProcessLookupError):
                    os.kill(each.pid, signal.SIGKILL)
        # The devices first: with their namespace they would go later than it does.
        for name in os.listdir("/sys/class/net"):
            if name.split("-")[0] == self._bridge:
                _ip(f"link delete {name}")
        for line in _ip("netns list").splitlines():
            name = line.split()[0]
            if name.split("-")[0] == self._bridge:
                kill_all(name)
                _ip(f"netns delete {name}")

    def command(self, node: int, command: Sequence[str]) -> list[str]:
        """Return the command that runs another one on a node."""
        return [*AHEAD, "ip", "netns", "exec", self._namespace(node), *command]

    def processes(self, node: int) -> list[int]:
        """Return the ids of all processes on a node."""
        return [*map(int, _ip(f"netns pids {self._namespace(node)}").split())]

    def kill(self, node: int) -> None:
        """Kill every process on a node."""
        kill_all(self._namespace(node))

    @contextmanager
    def unplugged(self, node: int) -> Iterator[None]:
        """Cut a node off from everything: what is sent to it, or by it, is lost."""
        name = self._namespace(node)
        _ip(f"link set {name} nomaster")
        try:
            yield
        finally:
            _ip(f"link set {name} master {self._bridge}")

    @contextmanager
    def cut_off(self, node: int, others: Sequence[int]) -> Iterator[None]:
        """Lose what a node sends to these addresses, and so also its answers to them."""
        name = self._namespace(node)
        for other in others:
            lost = f"to {self.address(other)} lladdr {NOWHERE} dev eth0 nud permanent"
            _ip(f"-netns {name} neighbour replace {lost}")
        try:
            yield
        finally:
            for other in others:
                _ip(f"-netns {name} neighbour delete {self.address(other)} dev eth0")


@contextmanager
def network(nodes: Sequence[int]) -> Iterator[Network]:
    """Create a network with these nodes, and remove it at the end, with their processes."""
    if not (hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("ip")):
        raise NoServer("a cluster: network namespaces need root and Debian's iproute2")
    with _free_network() as free:
        free.remove()  # what a killed run of the tests left
        try:
            free.create(nodes)
            yield free
        finally:
            free.remove()


@contextmanager
def _free_network() -> Iterator[Network]:
    """Yield a network that no other process uses; a lock says so until the end."""
    import fcntl  # only on POSIX, as namespaces

    for number in range(LIMIT):
        with Path(tempfile.gettempdir(), f"network-of-tests-{number}").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                continue
            yield Network(number)
            return
    raise NoServer(f"a cluster: {LIMIT} networks of other tests are in use")


def kill_all(namespace: str) -> None:
    """Kill every process in a namespace, and wait until there is none."""
    while processes := _ip(f"netns pids {namespace}").split():
        for process in processes:
            with suppress(ProcessLookupError):
                os.kill(int(process), signal.SIGKILL)
        time.sleep(POLL)


def _ip(arguments: str) -> str:
    done = subprocess.run(["ip", *arguments.split()], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"ip {arguments} failed: {done.stderr.strip()}")
    return done.stdout
