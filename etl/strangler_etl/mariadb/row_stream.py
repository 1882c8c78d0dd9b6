"""Reads rows of one-column queries from the driver's connection at a fraction of the driver's own cost.

The driver gets this stream in place of a socket's file. Rows are taken out before the driver sees them; the packet that
ends them is left to it, with the sequence number it expects, so that it does not notice what was taken
(https://mariadb.com/kb/en/0-packet/, https://mariadb.com/kb/en/result-set-packets/).
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator

_HEADER = struct.Struct("<I")
_SIZE = 0xFF_FF_FF
"""The largest length that a header's three bytes can hold; a packet of just this length is continued in another."""
_NULL, _TWO, _THREE, _EIGHT, _ERROR = 0xFB, 0xFC, 0xFD, 0xFE, 0xFF
_SHORTEST_ROW = 9
"""A packet that begins like an eight-byte length but is shorter than that is the end of the rows."""
_READ_BYTES = 1 << 18


class RowStream:
    """The bytes from a socket; used by one thread."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._kept = b""
        self._at = 0
        self._number: int | None = None

    def read(self, size: int) -> bytes:
        """The next `size` bytes, fewer only when the other side has ended."""
        while len(self._kept) - self._at < size and self._more():
            pass
        found = self._kept[self._at : self._at + size]
        self._at += len(found)
        return found

    def close(self) -> None:
        """Do nothing: the socket is closed separately."""

    def rows(self) -> Iterator[list[bytes]]:
        """The rows up to the packet that ends them, in batches; must be read to the end."""
        while True:
            found, ended = self._complete_rows()
            if found:
                yield found
            if ended or not self._more():
                return

    def _complete_rows(self) -> tuple[list[bytes], bool]:
        """The rows that have arrived completely, and whether the packet that ends them is next."""
        kept, at, end, found = self._kept, self._at, len(self._kept), list[bytes]()
        while at + _HEADER.size < end:
            (header,) = _HEADER.unpack_from(kept, at)
            if self._number is None:
                self._number = header >> 24
            size, kind = header & _SIZE, kept[at + _HEADER.size]
            following = at + _HEADER.size + size
            if size == _SIZE:
                long = self._long_row(at)
                if long is None:
                    break
                row, at = long
                found.append(row)
                continue
            if following > end:
                break
            if kind < _NULL:
                found.append(kept[at + 5 : following])
            elif kind == _TWO:
                found.append(kept[at + 7 : following])
            elif kind == _THREE:
                found.append(kept[at + 8 : following])
            elif kind == _ERROR or (kind == _EIGHT and size < _SHORTEST_ROW):
                # The driver expects the number of the first packet that was taken.
                self._kept, self._at = b"%b%c%b" % (kept[at : at + 3], self._number, kept[at + 4 :]), 0
                self._number = None
                return found, True
            at = following
        self._at = at
        return found, False

    def _long_row(self, at: int) -> tuple[bytes, int] | None:
        """A row in several packets, and where the next one begins; None where it has not arrived completely."""
        parts: list[bytes] = []
        size = _SIZE
        while size == _SIZE:
            if at + _HEADER.size > len(self._kept):
                return None
            size = _HEADER.unpack_from(self._kept, at)[0] & _SIZE
            start, at = at + _HEADER.size, at + _HEADER.size + size
            parts.append(self._kept[start:at])
        if at > len(self._kept):
            return None
        row = b"".join(parts)
        return row[9 if row[0] == _EIGHT else 4 :], at

    def _more(self) -> bool:
        """Wait for more; False when the other side has ended."""
        received = self._connection.recv(_READ_BYTES)
        self._kept = self._kept[self._at :] + received
        self._at = 0
        return bool(received)


class StreamedSocket:
    """A connected socket, with what the driver needs of one, read through a `RowStream`."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self.stream = RowStream(connection)

    def settimeout(self, seconds: float | None) -> None:
        """Wait no longer than this for the other side."""
        self._connection.settimeout(seconds)

    def sendall(self, data: bytes) -> None:
        """Send."""
        self._connection.sendall(data)

    def makefile(self, _mode: str) -> RowStream:
        """The stream that the driver reads from."""
        return self.stream

    def close(self) -> None:
        """End the connection."""
        self._connection.close()


def connected_socket(host: str, port: int, unix_socket: str | None, seconds: float) -> StreamedSocket:
    """Connect; OSError when that is not possible."""
    if unix_socket is not None:
        plain = socket.socket(socket.AF_UNIX)
        plain.settimeout(seconds)
        try:
            plain.connect(unix_socket)
        except OSError:
            plain.close()
            raise
    else:
        plain = socket.create_connection((host, port), seconds)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    return StreamedSocket(plain)
