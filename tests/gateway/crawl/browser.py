"""A client that keeps every byte it sends and gets, and else does what a browser does: cookies, one kept connection."""

from __future__ import annotations

import socket
import zlib
from dataclasses import dataclass, field
from typing import Self

from strangler.project import Address

HOST = b"shop.example"
"""What a client believes to speak to, whatever it is connected to."""
SECONDS = 60.0
BODILESS = (b"204", b"304")


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and its response, as they were on the wire."""

    request: bytes
    head: bytes
    """From the status line to the empty line, interim responses included."""
    body: bytes
    """As it was sent, but joined together where it came in chunks."""

    @property
    def status(self) -> int:
        """The status of the final response."""
        return int(_status(self.head))

    def header(self, name: bytes) -> bytes | None:
        """The first value of a response header."""
        return next(iter(_values(self.head, name)), None)

    @property
    def text(self) -> str:
        """The body as one reads it."""
        encoded = self.header(b"content-encoding") == b"gzip"
        return (zlib.decompress(self.body, 31) if encoded and self.body else self.body).decode(errors="replace")


@dataclass(slots=True)
class Browser:
    """Speaks to `address`; what it has said and heard is in `record`."""

    address: Address
    record: list[Exchange] = field(default_factory=list[Exchange])
    cookies: dict[bytes, bytes] = field(default_factory=dict[bytes, bytes])
    _connection: socket.socket | None = None
    _received: bytearray = field(default_factory=bytearray)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._leave()

    def ask(
        self, target: str, method: str = "GET", fields: tuple[bytes, ...] = (), body: bytes | None = None
    ) -> Exchange:
        """Send a request with the cookies it has, note the exchange, and take the cookies it is given."""
        lines = [
            b"%b %b HTTP/1.1" % (method.encode(), target.encode()),
            b"Host: " + HOST,
            b"User-Agent: Crawl",
            *fields,
        ]
        if self.cookies:
            lines.append(b"Cookie: " + b"; ".join(b"%b=%b" % pair for pair in self.cookies.items()))
        if body is not None:
            lines.append(b"Content-Length: %d" % len(body))
        return self.say(b"\r\n".join(lines) + b"\r\n\r\n" + (body or b""))

    def say(self, request: bytes) -> Exchange:
        """Send a request as it is; note the exchange, and take the cookies it is given."""
        if self._connection is None:
            self._connection = socket.create_connection((self.address.host, self.address.port), SECONDS)
            self._connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._connection.sendall(request)
        head = self._head()
        body = self._body(head, bodiless=request.startswith(b"HEAD "))
        exchange = Exchange(request, head, body)
        self.record.append(exchange)
        for cookie in _values(head, b"set-cookie"):
            name, _, value = cookie.partition(b";")[0].partition(b"=")
            self.cookies[name] = value
            if b"Max-Age=0" in cookie:
                del self.cookies[name]
        if b"close" in (exchange.header(b"connection") or b"") or b" HTTP/1.0\r\n" in request:
            self._leave()
        return exchange

    def _leave(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
            self._received.clear()

    def _head(self) -> bytes:
        head = self._until(b"\r\n\r\n")
        return head if _status(head)[:1] != b"1" else head + self._head()

    def _body(self, head: bytes, *, bodiless: bool) -> bytes:
        length = next(iter(_values(head, b"content-length")), None)
        if bodiless or _status(head) in BODILESS:
            return b""
        if b"chunked" in _values(head, b"transfer-encoding"):
            return b"".join(iter(self._chunk, b""))
        if length is not None:
            return self._exactly(int(length))
        while self._receive():
            pass
        return self._exactly(len(self._received))

    def _chunk(self) -> bytes:
        size = int(self._until(b"\r\n"), 16)
        return self._exactly(size + 2)[:-2]

    def _until(self, end: bytes) -> bytes:
        while (at := self._received.find(end)) < 0:
            if not self._receive():
                raise ConnectionError(f"ended within a head: {bytes(self._received)!r}")
        return self._exactly(at + len(end))

    def _exactly(self, size: int) -> bytes:
        while len(self._received) < size:
            if not self._receive():
                raise ConnectionError(f"ended within a body: {bytes(self._received)!r}")
        taken = bytes(self._received[:size])
        del self._received[:size]
        return taken

    def _receive(self) -> bytes:
        assert self._connection is not None
        data = self._connection.recv(65536)
        self._received += data
        return data


def _status(head: bytes) -> bytes:
    """The status of the last response in a head."""
    return head[head.rfind(b"HTTP/1.") :].split(b" ", 2)[1][:3]


def _values(head: bytes, name: bytes) -> list[bytes]:
    pairs = (line.partition(b":") for line in head.split(b"\r\n"))
    return [value.strip() for key, _, value in pairs if key.lower() == name]
