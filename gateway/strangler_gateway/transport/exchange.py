"""One request on a connection, and the response as it arrives."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import AsyncIterable, Callable
from typing import Final

from strangler_gateway.transport.body_framing import BodyFraming
from strangler_gateway.transport.chunked import ChunkedBody, ChunkedError
from strangler_gateway.transport.errors import UpstreamClosedError, UpstreamProtocolError, UpstreamTimeoutError
from strangler_gateway.transport.grammar import Headers, fields_of
from strangler_gateway.transport.response_body import NO_BODY_STATUSES, BodyEnd
from strangler_gateway.transport.response_head import ResponseHead, read_response_head
from strangler_gateway.transport.sink import Sink
from strangler_gateway.transport.upload import Outlet, Upload, Uploading

HIGH_WATER: Final = 64 * 1024
"""Bytes of a response body that may wait to be read before the upstream is slowed down."""


class Wire(Outlet):
    """The connection an exchange uses, as the exchange sees it."""

    __slots__ = ("most_head",)
    most_head: int
    """The most bytes of a response's head."""

    @abstractmethod
    def pause_reading(self) -> None:
        """Stop reading until `resume_reading`."""

    @abstractmethod
    def resume_reading(self) -> None:
        """Continue reading."""

    @abstractmethod
    def exchange_done(self, exchange: Exchange) -> None:
        """Note that an exchange has ended in both directions."""


class Exchange(Uploading):
    """One request and its response.

    The response is buffered until it is read (await `head`, then `read` until it returns ``b""``), or goes to a sink.
    `close` must be called in any case.
    """

    __slots__ = (
        "_begun",
        "_body",
        "_buffered",
        "_chunked",
        "_chunks",
        "_connection",
        "_head_only",
        "_interim",
        "_left",
        "_paused",
        "_pending",
        "_request_sent",
        "_sink",
        "_upgradable",
        "_upload",
        "_waiter",
        "complete",
        "error",
        "keep_alive",
        "response",
        "started",
        "trailer_block",
    )

    def __init__(
        self,
        connection: Wire,
        sink: Sink | None = None,
        interim: Sink | None = None,
        *,
        head_only: bool,
        upgradable: bool = False,
    ) -> None:
        self._connection = connection
        self._head_only = head_only
        self._sink = sink
        self._interim = interim
        self._upgradable = upgradable
        self._begun = False
        self._pending = b""
        self._body = BodyEnd.NONE
        self._left = 0
        self._chunked: ChunkedBody | None = None
        self._chunks: list[bytes] = []
        self._buffered = 0
        self._paused = False
        self._request_sent = False
        self._upload: Upload | None = None
        self._waiter: asyncio.Future[None] | None = None
        self.response: ResponseHead | None = None
        self.trailer_block = b""
        self.started = False
        self.complete = False
        self.keep_alive = False
        self.error: BaseException | None = None

    # Called by the consumer.

    @property
    def status(self) -> int:
        """The status of the final response, 0 before it has arrived."""
        return self.response.status if self.response is not None else 0

    @property
    def reason(self) -> bytes:
        """The reason phrase."""
        return self.response.reason if self.response is not None else b""

    @property
    def headers(self) -> Headers:
        """The header fields as they are in the response."""
        return self.response.headers if self.response is not None else []

    @property
    def trailers(self) -> Headers:
        """The trailer fields."""
        return fields_of(self.trailer_block)

    @property
    def buffered(self) -> int:
        """The number of bytes of the body that have arrived and were not read yet."""
        return self._buffered

    @property
    def switched(self) -> bool:
        """Whether the connection has become a tunnel."""
        return self._body is BodyEnd.TUNNEL

    async def head(self, patience: float) -> ResponseHead:
        """Wait for the head of the final response; UpstreamError when there will be none.

        `patience` is in seconds. It starts anew with each part of the request's body, and does not expire while the
        next part is awaited: the time a client takes to send says nothing about the upstream.
        """
        while self.response is None:
            if self.error is not None:
                raise self.error
            try:
                await self._progress(patience)
            except UpstreamTimeoutError:
                if self._upload is None or not self._upload.waits_for_client:
                    raise
        return self.response

    async def read(self, patience: float) -> bytes:
        """Return the part of the body that has arrived, after waiting for some; ``b""`` at the end.

        UpstreamTimeoutError after `patience` seconds without one.
        """
        while not self._chunks:
            if self.complete:
                return b""
            if self.error is not None:
                raise self.error
            await self._progress(patience)
        return self.take()

    def take(self) -> bytes:
        """Return the part of the body that has arrived and was not read yet, without waiting."""
        chunks = self._chunks
        data = chunks[0] if len(chunks) == 1 else b"".join(chunks)
        self._chunks = []
        self._buffered = 0
        self.resume()
        return data

    def drain_to(self, sink: Sink) -> None:
        """Pass the response, whose head has arrived, to a sink: what is there now, and the rest as it arrives."""
        if self.response is None:
            raise ValueError("the head of the response is not there yet")
        self._sink = sink
        self._begun = True
        sink.begin(self.response, self.take(), complete=self.complete)
        if self.error is not None:
            sink.failed(self.error)

    def pause(self) -> None:
        """Stop reading from the upstream, so that it has to wait."""
        if not self._paused and not self.complete:
            self._paused = True
            self._connection.pause_reading()

    def resume(self) -> None:
        """Continue reading from the upstream."""
        if self._paused:
            self._paused = False
            self._connection.resume_reading()

    def tunnel(self, data: bytes) -> None:
        """Write to the upstream after the request that switched protocols."""
        self._connection.write(data)

    def close(self) -> None:
        """Release the connection; abort it when the exchange is not complete in both directions."""
        if self._upload is not None:
            self._upload.cancel()
            self._upload = None
        if not (self.complete and self._request_sent):
            self._sink = None
            self._connection.abort()

    # Called by the pool.

    def send(self, data: bytes) -> None:
        """Write a complete request."""
        self._connection.write(data)
        self._request_sent = True

    def send_streaming(
        self,
        head: bytes,
        source: AsyncIterable[bytes],
        framing: BodyFraming,
        patience: float,
        trailers: Callable[[], bytes],
    ) -> None:
        """Write the head now and the body as it arrives; `patience` is the seconds to wait for a 100, 0 for none."""
        self._connection.write(head)
        self._upload = Upload(self, self._connection)
        self._upload.begin(source, framing, patience, trailers)

    # Called by the upload.

    def is_over(self) -> bool:
        """Whether the rest of the body is no longer wanted: the response is complete, or there will be none."""
        return self.complete or self.error is not None

    def upload_went_on(self) -> None:
        """Start the time the upstream has for its response anew."""
        self._wake_reader()

    def uploaded(self) -> None:
        """Note that the upstream has the whole request."""
        # Break the reference cycle between the two, which only the garbage collector would free.
        self._upload = None
        self._request_sent = True
        self._settle()

    # Called by the connection.

    def fail(self, error: BaseException) -> None:
        """End the exchange; whoever awaits it gets `error`."""
        if self.error is None and not self.complete:
            self.error = error
            self._wake()
            if self._sink is not None:
                self._sink.failed(error)

    def end_of_stream(self, error: Exception | None) -> None:
        """Note that the upstream will send nothing more; `error` when the connection broke."""
        if self.complete:
            return
        if self._body in (BodyEnd.UNTIL_CLOSED, BodyEnd.TUNNEL) and error is None:
            self._deliver(b"", complete=True, keep_alive=False)
        else:
            cause = f": {error}" if error else ""
            self.fail(UpstreamClosedError(f"the connection ended before the response was complete{cause}"))

    def writable(self, *, writable: bool) -> None:
        """Note whether the upstream accepts more bytes now."""
        if self._sink is not None:
            self._sink.upstream_writable(writable=writable)

    def received(self, data: bytes) -> None:
        """Take bytes of the upstream; UpstreamProtocolError when they are no response to the request."""
        self.started = True
        if self.response is not None:
            if self.complete:
                raise UpstreamProtocolError("the upstream sent more than one response")
            self._take_body(data)
            return
        if self._pending:
            data = self._pending + data
            self._pending = b""
        while data:
            found = read_response_head(data, self._connection.most_head)
            if found is None:
                self._pending = data
                return
            head, data = found
            status = head.status
            if status >= 200 or status == 101:
                self._begin(head, data)
                return
            if status == 100:
                self._want_body()
            elif self._interim is not None:
                self._interim.interim(head)

    def _begin(self, head: ResponseHead, data: bytes) -> None:
        """Determine how the body is framed, and take what has arrived of it."""
        status = head.status
        if status == 101:
            if not self._upgradable:
                raise UpstreamProtocolError("the upstream switched protocols unasked")
            self._body = BodyEnd.TUNNEL
        elif self._head_only or status in NO_BODY_STATUSES:
            self._left = 0
            self._body = BodyEnd.LENGTH
        elif head.chunked:
            self._body = BodyEnd.CHUNKED
            self._chunked = ChunkedBody()
        elif head.length is not None:
            self._left = head.length
            self._body = BodyEnd.LENGTH
        else:
            self._body = BodyEnd.UNTIL_CLOSED
        self.response = head
        self._take_body(data)

    def _take_body(self, data: bytes) -> None:
        if self._body is BodyEnd.LENGTH:
            left = self._left = self._left - len(data)
            if left > 0:
                self._deliver(data, complete=False)
            else:
                self._deliver(data[:left] if left < 0 else data, complete=True, keep_alive=left == 0)
        elif self._chunked is not None:
            body = self._chunked
            try:
                data = body.feed(data)
            except ChunkedError as error:
                raise UpstreamProtocolError(str(error)) from error
            self.trailer_block = body.trailers
            self._deliver(data, complete=body.complete, keep_alive=not body.rest)
        else:
            self._deliver(data, complete=False)

    def _deliver(self, data: bytes, *, complete: bool, keep_alive: bool = True) -> None:
        """Hand on a part of the response; at its end, free the connection before telling whoever waits for the end."""
        response = self.response
        if response is None:
            return
        sink = self._sink
        if complete:
            self.complete = True
            self.keep_alive = keep_alive and response.persistent
            # A sink that refers to its exchange would form a cycle with it, which only the garbage collector frees.
            self._sink = self._interim = None
            if self._paused:
                self.resume()
            self._settle()
        if sink is None:
            if data:
                self._chunks.append(data)
                self._buffered += len(data)
                if self._buffered > HIGH_WATER:
                    self.pause()
            self._wake()
        elif self._begun:
            if data or complete:
                sink.more(data, complete=complete)
        else:
            self._begun = True
            sink.begin(response, data, complete=complete)

    def _settle(self) -> None:
        """Free the connection once both directions have ended."""
        if self.complete and self._request_sent:
            self._connection.exchange_done(self)

    def _want_body(self) -> None:
        if self._upload is not None:
            self._upload.want()

    def _wake(self) -> None:
        self._want_body()
        self._wake_reader()

    def _wake_reader(self) -> None:
        waiter = self._waiter
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    async def _progress(self, patience: float) -> None:
        """Wait until something happens; UpstreamTimeoutError after `patience` seconds."""
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
