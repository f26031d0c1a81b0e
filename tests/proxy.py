"""A proxy between a service and its database server, which counts round trips.

Its target can be changed.
"""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.servers import HOST

CHUNK = 65_536  # bytes


@dataclass
class RoundTrips:
    """The number of round trips between clients and the server, over all connections.

    New connections lead to the target, a port that may change; open ones are kept.
    """

    port: int
    target: int
    number: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self) -> None:
        """Count one more round trip."""
        with self._lock:
            self.number += 1


@contextmanager
def counting_proxy(port: int) -> Iterator[RoundTrips]:
    """Run a proxy for the server at a local port, and yield its counter and its own port.

    A round trip begins when the client sends data after the server did: BEGIN, COMMIT
    and pings count, statements that are sent together count once.
    """
    with socket.create_server((HOST, 0)) as listener:
        trips = RoundTrips(listener.getsockname()[1], port)
        threading.Thread(target=_accept, args=(listener, trips), daemon=True).start()
        yield trips


def _accept(listener: socket.socket, trips: RoundTrips) -> None:
    while True:
        try:
            client, _ = listener.accept()
        except OSError:  # closed: the proxy is no longer needed
            return
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        server = socket.create_connection((HOST, trips.target))
        server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sender = _LastSender(trips)
        for source, target, on_data in (
            (client, server, sender.client),
            (server, client, sender.server),
        ):
            threading.Thread(target=_pump, args=(source, target, on_data), daemon=True).start()


class _LastSender:
    """The side of a connection that sent data last."""

    def __init__(self, trips: RoundTrips) -> None:
        self._trips = trips
        self._client_sent = False

    def client(self) -> None:
        if not self._client_sent:
            self._trips.add()
        self._client_sent = True

    def server(self) -> None:
        self._client_sent = False


def _pump(source: socket.socket, target: socket.socket, on_data: Callable[[], None]) -> None:
    try:
        while data := source.recv(CHUNK):
            on_data()
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:  # the other side has closed the connection
        return
