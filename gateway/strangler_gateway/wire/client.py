"""One request of a client and the response it gets."""

from __future__ import annotations

import asyncio
import logging
from abc import abstractmethod
from collections.abc import Generator
from contextlib import contextmanager
from http import HTTPStatus

from strangler_gateway.admission import Admission
from strangler_gateway.requests.downstream import ResponseTap
from strangler_gateway.requests.forwarding import forwarded_request, forwarded_response
from strangler_gateway.requests.head import RequestHead
from strangler_gateway.requests.refusal import Refusal, problem, refusal_fields
from strangler_gateway.resilience.application import FAILING_STATUSES, Attempt
from strangler_gateway.transport.chunked import chunk, last_chunk
from strangler_gateway.transport.errors import UpstreamClosedError
from strangler_gateway.transport.exchange import Exchange
from strangler_gateway.transport.origin import Origin
from strangler_gateway.transport.outbox import SMALL
from strangler_gateway.transport.request import IDEMPOTENT_METHODS, RawRequest
from strangler_gateway.transport.response_body import NO_BODY_STATUSES
from strangler_gateway.transport.response_head import ResponseHead
from strangler_gateway.transport.sink import Sink
from strangler_gateway.wire.body import Sender, WireBody

logger = logging.getLogger(__name__)


class Line(Sender):
    """The client's connection as its request sees it; `write_paused` while the client reads too slowly."""

    __slots__ = ("write_paused",)
    write_paused: bool

    @abstractmethod
    def write(self, data: bytes) -> None:
        """Send bytes."""

    @abstractmethod
    def upstream_awaited(self) -> None:
        """Start the time the upstream has for the next part."""

    @abstractmethod
    def answered(self, client: WireClient, *, persistent: bool) -> None:
        """Note that the response is complete."""

    @abstractmethod
    def switched(self, client: WireClient) -> None:
        """Become a byte tunnel from now on."""

    @abstractmethod
    def refused(self, status: int) -> None:
        """Count a response of the gateway's own."""

    @abstractmethod
    def cut_off(self, client: WireClient) -> None:
        """Close the connection so that the client sees that its response is incomplete."""

    @abstractmethod
    def replaced(self, client: WireClient, status: int) -> bool:
        """Send a request that failed with `status` to another host or v1; False when there is none to try."""

    @abstractmethod
    def answer_within(self, seconds: float) -> None:
        """Start the time an application has for a request that was sent at once."""

    @abstractmethod
    def relayed_by_task(self) -> None:
        """Stop the deadline: the request's task keeps its own."""

    @abstractmethod
    def relaying_ended(self, client: WireClient) -> None:
        """Note that a request's task has ended, perhaps without a response."""

    @abstractmethod
    def gave_up(self, client: WireClient, error: BaseException) -> None:
        """Handle a request that was sent at once and failed before any of its response arrived."""


class WireClient(Sink):
    """A request of the gateway's own protocol: a `Downstream` to the relay, and the sink of its response."""

    __slots__ = (
        "_chunks",
        "_done",
        "_origin",
        "_persistent",
        "admission",
        "attempt",
        "begun",
        "body",
        "exchange",
        "half_closed",
        "line",
        "request",
        "status",
        "tap",
        "task",
        "tunnelling",
    )

    def __init__(self, line: Line, head: RequestHead, body: WireBody) -> None:
        self.request = head
        self.body = body
        self.exchange: Exchange | None = None
        self.admission: Admission | None = None
        self.attempt: Attempt | None = None
        self.tap: ResponseTap | None = None
        self.task: asyncio.Task[None] | None = None
        self.begun = False
        self.tunnelling = False
        self.half_closed = False
        self.status = 0
        self.line = line
        self._chunks = False
        self._persistent = head.persistent
        self._done: asyncio.Future[None] | None = None
        self._origin: Origin | None = None

    # Called by the relay.

    @contextmanager
    def watched(self) -> Generator[None]:
        """Do nothing: the connection cancels the task as soon as the client disconnects."""
        yield

    def outgoing(self, origin: Origin, identity: bytes | None) -> RawRequest:
        """Return the request for an upstream."""
        head = self.request
        body = self.body
        self._origin = origin
        raw = forwarded_request(head, origin, identity)
        request = RawRequest(head.raw_method, raw, head.length)
        request.interim = self
        if head.length == 0:
            request.upgradable = head.upgrade
            return request
        if body.read_whole:
            request.body = body.content
        else:
            request.source = body
        request.after = body
        request.expects_continue = body.expects_continue
        return request

    async def pass_back(self, exchange: Exchange, patience: float, tap: ResponseTap | None) -> None:
        """Send the response as it arrives; UpstreamError when it breaks off."""
        self.exchange = exchange
        self.tap = tap
        self._done = asyncio.get_running_loop().create_future()
        self.line.upstream_awaited()
        exchange.drain_to(self)
        await self._done

    async def answer(self, refusal: Refusal) -> None:
        """Send a response of the gateway's own."""
        self.refuse(refusal)

    # Called by the line.

    def refuse(self, refusal: Refusal) -> None:
        """Send a response of the gateway's own; cut the connection off when another response has begun."""
        if self.begun:
            self.line.cut_off(self)
            return
        self.begun = True
        self.status = refusal.status
        self.line.refused(refusal.status)
        persistent = self._persistent and self.body.read_whole and not refusal.ends_connection
        answer = refusal_bytes(refusal, persistent=persistent)
        if self.request.method == "HEAD":
            answer = answer[: answer.index(b"\r\n\r\n") + 4]
        self.line.write(answer)
        self.line.answered(self, persistent=persistent)

    def closing(self) -> None:
        """Close the connection after this response."""
        self._persistent = False

    # Called by the exchange.

    def interim(self, head: ResponseHead) -> None:
        """Pass on an interim response, except to HTTP/1.0 clients, which do not know them."""
        if self.request.one_one and not self.begun:
            self.line.write(b"%b%b\r\n\r\n" % (head.line, head.block))

    def begin(self, head: ResponseHead, body: bytes, *, complete: bool) -> None:
        """Send the head and what has arrived of the body."""
        status = head.status
        if status >= 500 and status in FAILING_STATUSES and self.line.replaced(self, status):
            return
        self.begun = True
        self.status = status
        request = self.request
        one_one = request.one_one
        persistent = self._persistent and self.body.read_whole
        if status == 101:
            self._switch(head, body)
            return
        bodyless = request.method == "HEAD" or status in NO_BODY_STATUSES
        added = request.edge.back
        chunks = head.chunked and one_one
        if not bodyless and head.length is None:
            if not one_one:
                persistent = False
            elif not chunks:
                chunks = True
                added += b"\r\nTransfer-Encoding: chunked"
            self._chunks = chunks
        self._persistent = persistent
        if not persistent:
            added += b"\r\nConnection: close"
        elif not one_one:
            added += b"\r\nConnection: keep-alive"
        block = forwarded_response(head, request, self._origin, chunked=chunks)
        with_head = b"" if self._chunks or len(body) > SMALL else body
        out = b"%b%b%b\r\n\r\n%b" % (head.line, block, added, with_head)
        tap = self.tap
        if tap is not None:
            tap.begin(head)
        self.line.write(out)
        if with_head:
            if tap is not None:
                tap.more(body)
            body = b""
        if body or complete:
            self.more(body, complete=complete)
        else:
            self._awaiting()

    def more(self, body: bytes, *, complete: bool) -> None:
        """Send the next part of the body."""
        line = self.line
        exchange = self.exchange
        if self._chunks:
            framed = chunk(body) if body else b""
            if complete:
                framed += last_chunk(exchange.trailer_block if exchange is not None else b"")
            line.write(framed)
        elif body:
            line.write(body)
        if body and self.tap is not None:
            self.tap.more(body)
        if complete:
            self._finish()
        else:
            self._awaiting()

    def failed(self, error: BaseException) -> None:
        """Cut the response off so that the client sees it; before it began, the request may be tried again."""
        done = self._done
        if done is not None:
            self.line.cut_off(self)
            if not done.done():
                done.set_exception(error)
        elif self.begun:
            logger.warning("%s %s: %s", self.request.method, self.request.path, error)
            self.line.cut_off(self)
        else:
            self.line.gave_up(self, error)

    def upstream_writable(self, *, writable: bool) -> None:
        """Stop or continue reading from a tunnel's client, as fast as the upstream reads."""
        if self.tunnelling:
            if writable:
                self.line.resume_reading()
            else:
                self.line.pause_reading()

    def may_repeat(self, error: BaseException) -> bool:
        """Whether a request that was sent at once may safely be sent again."""
        exchange = self.exchange
        return (
            isinstance(error, UpstreamClosedError)
            and exchange is not None
            and not exchange.started
            and self.request.raw_method in IDEMPOTENT_METHODS
        )

    def _switch(self, head: ResponseHead, data: bytes) -> None:
        self.tunnelling = True
        self._persistent = False
        self.line.write(b"%b%b\r\n\r\n" % (head.line, head.block))
        self.line.switched(self)
        if data:
            self.more(data, complete=False)

    def _awaiting(self) -> None:
        line = self.line
        exchange = self.exchange
        if line.write_paused and exchange is not None:
            exchange.pause()
        line.upstream_awaited()

    def _finish(self) -> None:
        if self.tap is not None:
            self.tap.finished(self)
        done = self._done
        if done is not None and not done.done():
            done.set_result(None)
        self.line.answered(self, persistent=self._persistent)


def refusal_bytes(refusal: Refusal, *, persistent: bool) -> bytes:
    """Return a complete response of the gateway's own: problem details (RFC 9457)."""
    body = problem(refusal)
    block = b"".join(b"\r\n%b: %b" % field for field in refusal_fields(refusal, body, persistent=persistent))
    return b"HTTP/1.1 %d %b%b\r\n\r\n%b" % (refusal.status, HTTPStatus(refusal.status).phrase.encode(), block, body)
