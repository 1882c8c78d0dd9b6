"""A pooler of one session, which it gives to every transaction or keeps for the first client, as PgBouncer may.

Just enough of the protocol: https://www.postgresql.org/docs/current/protocol-flow.html.
"""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from enum import Enum

_NO_START = {80877103, 80877104}
"""Requests for an encrypted connection."""
_WAITED = b"SFATAL\0VFATAL\0C08P01\0Mquery_wait_timeout\0\0"
"""What PgBouncer says to a client that has waited for a session in vain."""


class Pooling(Enum):
    """Whose the session is."""

    SHARED = "every transaction's"
    KEPT = "the first client's; others are refused"
    KEPT_SILENTLY = "the first client's; others wait"


@contextmanager
def pooled(host: str, port: int, pooling: Pooling = Pooling.SHARED) -> Generator[int]:
    """Pool the sessions of the server; the value is the port of 127.0.0.1 to connect to."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        pool = _Pool(host, port, pooling)
        threading.Thread(target=pool.serve, args=(listening,), daemon=True).start()
        try:
            yield int(listening.getsockname()[1])
        finally:
            # What wakes up who accepts.
            listening.shutdown(socket.SHUT_RDWR)
            pool.close()


class _Pool:
    def __init__(self, host: str, port: int, pooling: Pooling) -> None:
        self._address = (host, port)
        self._pooling = pooling
        self._shared: socket.socket | None = None
        self._free = threading.Lock()
        self._opened: list[socket.socket] = []

    def close(self) -> None:
        for one in self._opened:
            one.close()

    def serve(self, listening: socket.socket) -> None:
        with suppress(OSError):
            while True:
                client, _ = listening.accept()
                self._opened.append(client)
                threading.Thread(target=self._served, args=(client,), daemon=True).start()

    def _served(self, client: socket.socket) -> None:
        with suppress(OSError, struct.error):
            server = self._logged_in(client)
            if self._shared is None:
                self._shared = server
            elif self._pooling is not Pooling.SHARED:
                client.recv(1 << 16)
                if self._pooling is Pooling.KEPT:
                    client.sendall(b"E" + struct.pack("!I", len(_WAITED) + 4) + _WAITED)
                    client.shutdown(socket.SHUT_RDWR)
                return
            while (request := client.recv(1 << 16)) and not request.startswith(b"X"):
                with self._free:
                    state = self._answered(client, request)
                    while state != b"I" and (request := client.recv(1 << 16)):
                        state = self._answered(client, request)

    def _logged_in(self, client: socket.socket) -> socket.socket:
        while True:
            size, code = struct.unpack("!II", _received(client, 8))
            if code not in _NO_START:
                break
            client.sendall(b"N")
        server = socket.create_connection(self._address)
        self._opened.append(server)
        server.sendall(struct.pack("!II", size, code) + _received(client, size - 8))
        for kind, body in _messages(server):
            # The number of a session is not told: it will be another one.
            told = struct.pack("!I", 1) + body[4:] if kind == b"K" else body
            client.sendall(kind + struct.pack("!I", len(told) + 4) + told)
            if kind == b"R" and struct.unpack("!I", body[:4])[0] not in {0, 12}:
                server.sendall(client.recv(1 << 16))
        return server

    def _answered(self, client: socket.socket, request: bytes) -> bytes:
        """Pass a request on, and its answer back; the state of the transaction after it."""
        assert self._shared is not None
        self._shared.sendall(request)
        state = b""
        for kind, body in _messages(self._shared):
            client.sendall(kind + struct.pack("!I", len(body) + 4) + body)
            state = body
        return state


def _messages(server: socket.socket) -> Iterator[tuple[bytes, bytes]]:
    """The messages up to the one that says that the server is ready."""
    kind = b""
    while kind != b"Z":
        kind, size = struct.unpack("!cI", _received(server, 5))
        yield kind, _received(server, size - 4)


def _received(connection: socket.socket, size: int) -> bytes:
    found = b""
    while len(found) < size:
        more = connection.recv(size - len(found))
        if not more:
            raise ConnectionError
        found += more
    return found
