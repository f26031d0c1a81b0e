"""A proxy between a service and its database server: it counts round trips, and may move."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.servers import HOST

CHUNK = 65_536  # bytes


@dataclass
class RoundTrips:
    """How often a client spoke and then waited for the server, over all connections.

    New connections lead to the target, a port that may change; those that are open stay.
    """

    port: int
    target: int
    number: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self) -> None:
        """Count one more."""
        with self._lock:
            self.number += 1


@contextmanager
def counting_proxy(port: int) -> Iterator[RoundTrips]:
    """Stand before the server at a port of this machine; gives the port to connect to.

    A round trip begins when the client speaks after the server did, whatever it says:
    BEGIN, COMMIT and pings count, statements sent together count once.
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
        turn = _Turn(trips)
        for source, target, speaks in (
            (client, server, turn.client),
            (server, client, turn.server),
        ):
            threading.Thread(target=_pump, args=(source, target, speaks), daemon=True).start()


class _Turn:
    """Whose turn it was last on a connection."""

    def __init__(self, trips: RoundTrips) -> None:
        self._trips = trips
        self._client_spoke = False

    def client(self) -> None:
        if not self._client_spoke:
            self._trips.add()
        self._client_spoke = True

    def server(self) -> None:
        self._client_spoke = False


def _pump(source: socket.socket, target: socket.socket, speaks: Callable[[], None]) -> None:
    try:
        while data := source.recv(CHUNK):
            speaks()
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:  # the other side has gone
        return
