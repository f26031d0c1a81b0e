"""A PostgreSQL server, or a pooler, that lets nobody in and says why."""

import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

FOR_ENCRYPTION = {80877103, 80877104}  # requests that may come first: TLS, GSSAPI


@contextmanager
def refusing(code: str, message: str) -> Iterator[int]:
    """Refuse whoever connects to a port of this machine, with a code and a message."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        Thread(target=_refuse_all, args=(listener, _error(code, message)), daemon=True).start()
        yield listener.getsockname()[1]


def _refuse_all(listener: socket.socket, answer: bytes) -> None:
    while True:
        try:
            client, _ = listener.accept()
        except OSError:  # closed: nobody needs it any more
            return
        with client:
            while _first_word(client) in FOR_ENCRYPTION:
                client.sendall(b"N")
            client.sendall(answer)


def _first_word(client: socket.socket) -> int:
    """Read a message of the startup, and give the number that it begins with."""
    length, word = struct.unpack("!ii", client.recv(8, socket.MSG_WAITALL))
    client.recv(length - 8, socket.MSG_WAITALL)
    return int(word)


def _error(code: str, message: str) -> bytes:
    """Return the ErrorResponse: https://www.postgresql.org/docs/current/protocol-message-formats.html"""
    fields = {"S": "FATAL", "V": "FATAL", "C": code, "M": message}
    body = "".join(f"{kind}{value}\0" for kind, value in fields.items()).encode() + b"\0"
    return b"E" + struct.pack("!i", len(body) + 4) + body
