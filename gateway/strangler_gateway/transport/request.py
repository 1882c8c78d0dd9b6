"""Requests in the form in which they go over the wire."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterable
from typing import Final, Protocol

from strangler_gateway.transport.body_framing import BodyFraming
from strangler_gateway.transport.grammar import Headers
from strangler_gateway.transport.sink import Sink

IDEMPOTENT_METHODS: Final = frozenset((b"GET", b"HEAD", b"OPTIONS", b"TRACE", b"PUT", b"DELETE"))
"""Idempotent methods, RFC 9110, section 9.2.2."""


class Sendable(ABC):
    """A request that a pool can send; its body is complete, or comes from `source`.

    `expects_continue` says whether the body waits for a 100; `interim` gets the interim responses except 100;
    `upgradable` says whether the upstream may switch protocols.
    """

    __slots__ = ("expects_continue", "interim", "method", "source", "upgradable")

    def __init__(self, method: bytes, source: AsyncIterable[bytes] | None) -> None:
        self.method = method
        self.source = source
        self.expects_continue = False
        self.interim: Sink | None = None
        self.upgradable = False

    @property
    def repeatable(self) -> bool:
        """Whether sending it twice has the same effect as sending it once."""
        return self.source is None and self.method in IDEMPOTENT_METHODS

    @abstractmethod
    def head(self) -> bytes:
        """Return the bytes up to the body."""

    @abstractmethod
    def whole(self) -> bytes:
        """Return all bytes of a request without `source`; ValueError when body and framing contradict each other."""

    @abstractmethod
    def framing(self) -> BodyFraming:
        """Return the framing of the body."""

    @abstractmethod
    def trailers(self) -> bytes:
        """Return the trailer block of a chunked body, once the body has been read."""


class Request(Sendable):
    """A request given by method, target and header fields as bytes, in order; the fields include the framing."""

    __slots__ = ("body", "headers", "target")

    def __init__(
        self,
        method: bytes,
        target: bytes,
        headers: Headers,
        body: bytes = b"",
        source: AsyncIterable[bytes] | None = None,
    ) -> None:
        super().__init__(method, source)
        self.target = target
        self.headers = headers
        self.body = body
        self.expects_continue = any(
            name.lower() == b"expect" and value.lower() == b"100-continue" for name, value in headers
        )

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
        """Return the framing of the body that the header fields announce."""
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
        """Return none: such a request has no trailers."""
        return b""


class Trailed(Protocol):
    """A body that may end with trailers."""

    @property
    def trailers(self) -> bytes:
        """The trailer block."""
        ...


class RawRequest(Sendable):
    """A request whose head is given as bytes; `length` is that of the body, None for a chunked one.

    `after` has the trailers once the body has been read.
    """

    __slots__ = ("after", "body", "length", "raw")

    def __init__(
        self,
        method: bytes,
        raw: bytes,
        length: int | None = 0,
        body: bytes = b"",
        source: AsyncIterable[bytes] | None = None,
    ) -> None:
        super().__init__(method, source)
        self.raw = raw
        self.length = length
        self.body = body
        self.after: Trailed | None = None

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
        """Return the framing of the body."""
        return BodyFraming(self.length)

    def trailers(self) -> bytes:
        """Return the trailer block of a chunked body, once the body has been read."""
        return self.after.trailers if self.after is not None else b""
