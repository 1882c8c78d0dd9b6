"""Requests as they go over the wire."""

from __future__ import annotations

from collections.abc import AsyncIterable, Callable
from dataclasses import dataclass
from typing import Protocol

from strangler_gateway.transport.body_framing import BodyFraming
from strangler_gateway.transport.grammar import Headers
from strangler_gateway.transport.response_head import ResponseHead

IDEMPOTENT_METHODS = frozenset((b"GET", b"HEAD", b"OPTIONS", b"TRACE", b"PUT", b"DELETE"))
"""RFC 9110, section 9.2.2."""
Interim = Callable[[ResponseHead], None]


class Sendable(Protocol):
    """What a pool can send; the body is the whole one, or comes from `source`."""

    @property
    def method(self) -> bytes:
        """The method."""
        ...

    @property
    def source(self) -> AsyncIterable[bytes] | None:
        """Where the body comes from while it is sent."""
        ...

    @property
    def interim(self) -> Interim | None:
        """What is told of interim responses but 100."""
        ...

    @property
    def upgradable(self) -> bool:
        """Whether the upstream may switch protocols."""
        ...

    @property
    def expects_continue(self) -> bool:
        """Whether the body waits for a 100."""
        ...

    @property
    def repeatable(self) -> bool:
        """Whether sending it twice does what sending it once does."""
        ...

    def head(self) -> bytes:
        """Return the bytes up to the body."""
        ...

    def whole(self) -> bytes:
        """Return all bytes of a request without `source`; ValueError when body and framing contradict each other."""
        ...

    def framing(self) -> BodyFraming:
        """Return how the body is written."""
        ...

    def trailers(self) -> bytes:
        """Return the block of fields after a body in chunks, once it has been read."""
        ...


@dataclass(frozen=True, slots=True)
class Request:
    """A request by its header fields, framing included: method, target, names and values as bytes, in order."""

    method: bytes
    target: bytes
    headers: Headers
    body: bytes = b""
    source: AsyncIterable[bytes] | None = None
    interim: Interim | None = None
    upgradable: bool = False

    def head(self) -> bytes:
        """Return the bytes up to the body."""
        parts = [self.method, b" ", self.target, b" HTTP/1.1\r\n"]
        for name, value in self.headers:
            parts += (name, b": ", value, b"\r\n")
        parts.append(b"\r\n")
        return b"".join(parts)

    def whole(self) -> bytes:
        """Return all bytes of a request without `source`."""
        framing = self.framing()
        body = framing.frame(self.body) if self.body else b""
        return self.head() + body + framing.end()

    def framing(self) -> BodyFraming:
        """Return how the body is written, as the header fields announce it."""
        for name, value in self.headers:
            match name.lower():
                case b"content-length":
                    return BodyFraming(int(value))
                case b"transfer-encoding":
                    return BodyFraming(None)
                case _:
                    pass
        return BodyFraming(0)

    def trailers(self) -> bytes:
        """Return none."""
        return b""

    @property
    def expects_continue(self) -> bool:
        """Whether the body waits for a 100."""
        return any(name.lower() == b"expect" and value.lower() == b"100-continue" for name, value in self.headers)

    @property
    def repeatable(self) -> bool:
        """Whether sending it twice does what sending it once does."""
        return self.source is None and self.method in IDEMPOTENT_METHODS


class Trailed(Protocol):
    """What ends with trailers."""

    @property
    def trailers(self) -> bytes:
        """The block of fields after the body."""
        ...


class RawRequest:
    """A request whose head is there as bytes; `length` is that of the body, None for chunks.

    `after` knows the trailers once the body has been read.
    """

    __slots__ = (
        "after",
        "body",
        "expects_continue",
        "interim",
        "length",
        "method",
        "raw",
        "source",
        "upgradable",
    )

    def __init__(
        self,
        method: bytes,
        raw: bytes,
        length: int | None = 0,
        body: bytes = b"",
        source: AsyncIterable[bytes] | None = None,
    ) -> None:
        self.method = method
        self.raw = raw
        self.length = length
        self.body = body
        self.source = source
        self.after: Trailed | None = None
        self.expects_continue = False
        self.upgradable = False
        self.interim: Interim | None = None

    def head(self) -> bytes:
        """Return the bytes up to the body."""
        return self.raw

    def whole(self) -> bytes:
        """Return all bytes of a request without `source`."""
        if self.length == 0:
            return self.raw
        framing = self.framing()
        body = framing.frame(self.body) if self.body else b""
        return self.raw + body + framing.end(self.trailers())

    def framing(self) -> BodyFraming:
        """Return how the body is written."""
        return BodyFraming(self.length)

    def trailers(self) -> bytes:
        """Return the block of fields after a body in chunks, once it has been read."""
        return self.after.trailers if self.after is not None else b""

    @property
    def repeatable(self) -> bool:
        """Whether sending it twice does what sending it once does."""
        return self.source is None and self.method in IDEMPOTENT_METHODS
