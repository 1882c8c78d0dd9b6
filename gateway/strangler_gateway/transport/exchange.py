"""One request on a connection, and the response as it arrives."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable
from typing import Protocol

from httptools import HttpResponseParser

from strangler_gateway.transport.body_framing import BodyFraming
from strangler_gateway.transport.errors import UpstreamClosedError, UpstreamProtocolError, UpstreamTimeoutError

Headers = list[tuple[bytes, bytes]]

HIGH_WATER = 64 * 1024
"""Bytes of a response body that may wait to be read before the upstream is slowed down."""
MAX_HEAD = 256 * 1024
"""Bytes of names and values a response head may have."""
NO_BODY_STATUSES = (204, 304)


class Wire(Protocol):
    """The connection an exchange uses, as the exchange sees it."""

    def write(self, data: bytes) -> None:
        """Write a part of the request; UpstreamClosedError when the connection is closing."""
        ...

    async def drained(self) -> None:
        """Wait until the upstream has taken enough of what was written."""
        ...

    def pause_reading(self) -> None:
        """Stop reading until `resume_reading`."""
        ...

    def resume_reading(self) -> None:
        """Go on reading."""
        ...

    def exchange_done(self, exchange: Exchange) -> None:
        """Take the end of an exchange in both directions."""
        ...

    def abort(self) -> None:
        """Close at once; what is under way fails."""
        ...


class Exchange:
    """One request and its response; made by a pool, consumed by one task.

    httptools calls the ``on_`` methods. Await `head`, then `read` until it returns ``b""``; `close` in any case.
    """

    __slots__ = (
        "_buffered",
        "_chunks",
        "_connection",
        "_continue",
        "_head_bytes",
        "_head_only",
        "_interim",
        "_paused",
        "_pump",
        "_request_sent",
        "_until_eof",
        "_waiter",
        "complete",
        "error",
        "head_complete",
        "headers",
        "keep_alive",
        "parser",
        "reason",
        "started",
        "status",
        "trailers",
    )

    parser: HttpResponseParser

    def __init__(self, connection: Wire, *, head_only: bool) -> None:
        self._connection = connection
        self._head_only = head_only
        self._chunks: list[bytes] = []
        self._buffered = 0
        self._head_bytes = 0
        self._paused = False
        self._interim = False
        self._continue: asyncio.Future[None] | None = None
        self._until_eof = False
        self._request_sent = False
        self._pump: asyncio.Task[None] | None = None
        self._waiter: asyncio.Future[None] | None = None
        self.status = 0
        self.reason = b""
        self.headers: Headers = []
        self.trailers: Headers = []
        self.started = False
        self.head_complete = False
        self.complete = False
        self.keep_alive = False
        self.error: BaseException | None = None

    # What the consumer calls.

    @property
    def buffered(self) -> int:
        """Bytes of the body that have arrived and were not read yet."""
        return self._buffered

    async def head(self, patience: float) -> None:
        """Wait for status and headers of the final response; UpstreamError when there will be none."""
        while not self.head_complete:
            if self.error is not None:
                raise self.error
            await self._progress(patience)

    async def read(self, patience: float) -> bytes:
        """Return the part of the body that has arrived, waiting for some; ``b""`` is the end."""
        while not self._chunks:
            if self.complete:
                return b""
            if self.error is not None:
                raise self.error
            await self._progress(patience)
        return self.take()

    def take(self) -> bytes:
        """Return the part of the body that has arrived, without waiting."""
        chunks = self._chunks
        data = chunks[0] if len(chunks) == 1 else b"".join(chunks)
        self._chunks = []
        self._buffered = 0
        if self._paused:
            self._paused = False
            self._connection.resume_reading()
        return data

    def close(self) -> None:
        """Give the connection back; close it when the exchange is not complete in both directions."""
        if self._pump is not None and not self._pump.done():
            self._pump.cancel()
        if not (self.complete and self._request_sent):
            self._connection.abort()

    # What the pool calls.

    def send(self, data: bytes) -> None:
        """Write the whole request."""
        self._connection.write(data)
        self._request_sent = True

    def send_streaming(self, head: bytes, source: AsyncIterable[bytes], framing: BodyFraming, patience: float) -> None:
        """Write the head now and the body as it comes; `patience` is how long to wait for a 100, 0 not at all."""
        self._connection.write(head)
        self._pump = asyncio.get_running_loop().create_task(self._send_body(source, framing, patience))

    async def _send_body(self, source: AsyncIterable[bytes], framing: BodyFraming, patience: float) -> None:
        try:
            if patience:
                await self._wanted(patience)
                if self.complete or self.error is not None:
                    return
            async for data in source:
                if self.complete or self.error is not None:
                    return
                if data:
                    self._connection.write(framing.frame(data))
                    await self._connection.drained()
            self._connection.write(framing.end())
        except asyncio.CancelledError:
            raise
        except BaseException as error:  # noqa: BLE001 - told to the task that waits for the response
            self.fail(error)
            self._connection.abort()
            return
        self._request_sent = True
        self._settle()

    async def _wanted(self, patience: float) -> None:
        """Wait until the upstream wants the body (100), answers without it, or has kept silent for too long."""
        if self.head_complete or self.error is not None:
            return
        self._continue = asyncio.get_running_loop().create_future()
        await asyncio.wait((self._continue,), timeout=patience)

    # What the connection calls.

    def fail(self, error: BaseException) -> None:
        """End the exchange; what waits for it raises `error`."""
        if self.error is None and not self.complete:
            self.error = error
            self._wake()

    def end_of_stream(self, error: Exception | None) -> None:
        """Tell that the upstream will send nothing more; `error` when the connection broke."""
        if self.complete:
            return
        if self._until_eof and error is None:
            self._finish(keep_alive=False)
        else:
            cause = f": {error}" if error else ""
            self.fail(UpstreamClosedError(f"the connection ended before the response was complete{cause}"))

    # What httptools calls.

    def on_message_begin(self) -> None:
        """Refuse a response nobody asked for."""
        if self.complete:
            raise UpstreamProtocolError("a second response to one request")

    def on_status(self, status: bytes) -> None:
        """Take the reason phrase, or a part of it."""
        self.reason += status

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header field as it stands in the response; after the body it is a trailer."""
        self._head_bytes += len(name) + len(value)
        if self._head_bytes > MAX_HEAD:
            raise UpstreamProtocolError("the head of the response is too long")
        (self.trailers if self.head_complete else self.headers).append((name, value))

    def on_headers_complete(self) -> None:
        """Decide how the body is framed."""
        status = self.parser.get_status_code()
        if status == 101:
            raise UpstreamProtocolError("the upstream switched protocols unasked")
        if 100 <= status < 200:
            self._interim = True
            return
        self._interim = False
        self.status = status
        framed = False
        for name, value in self.headers:
            match name.lower():
                case b"content-length":
                    framed = True
                case b"transfer-encoding":
                    if value.lower() != b"chunked":
                        raise UpstreamProtocolError(f"the transfer coding {value!r} can not be passed on")
                    framed = True
                case _:
                    pass
        self.head_complete = True
        if self._head_only:
            self._finish(keep_alive=_persistent(self.parser.get_http_version(), self.headers))
            return
        self._until_eof = not framed and status not in NO_BODY_STATUSES
        self._wake()

    def on_body(self, data: bytes) -> None:
        """Keep a part of the body; too much of it stops the reading."""
        if self.complete:
            # An answer to HEAD with a body: whatever follows can not be told apart from it.
            self._connection.abort()
            return
        self._chunks.append(data)
        self._buffered += len(data)
        if self._buffered > HIGH_WATER and not self._paused:
            self._paused = True
            self._connection.pause_reading()
        self._wake()

    def on_message_complete(self) -> None:
        """End the response, or skip an interim one."""
        if self._interim:
            self._interim = False
            self.reason = b""
            self.headers = []
            if self.parser.get_status_code() == 100:
                self._want_body()
        elif not self.complete:
            # Later the parser has forgotten.
            self._finish(keep_alive=self.parser.should_keep_alive())

    def _finish(self, *, keep_alive: bool) -> None:
        self.complete = True
        self.keep_alive = keep_alive
        if self._paused:
            # The connection may serve another request before the rest of this body is read.
            self._paused = False
            self._connection.resume_reading()
        self._settle()
        self._wake()

    def _settle(self) -> None:
        """Free the connection once both directions are done."""
        if self.complete and self._request_sent:
            self._connection.exchange_done(self)

    def _want_body(self) -> None:
        if self._continue is not None and not self._continue.done():
            self._continue.set_result(None)

    def _wake(self) -> None:
        self._want_body()
        waiter = self._waiter
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    async def _progress(self, patience: float) -> None:
        """Wait until something has happened."""
        loop = asyncio.get_running_loop()
        waiter = self._waiter = loop.create_future()
        handle = loop.call_later(patience, _expire, waiter)
        try:
            await waiter
        finally:
            handle.cancel()


def _expire(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_exception(UpstreamTimeoutError("the upstream kept silent for too long"))


def _persistent(version: str, headers: Headers) -> bool:
    tokens = {
        token.strip().lower() for name, value in headers if name.lower() == b"connection" for token in value.split(b",")
    }
    return version == "1.1" and b"close" not in tokens
