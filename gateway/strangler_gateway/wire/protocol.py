"""The protocol of the gateway's own server: reads requests, dispatches them, and writes responses."""

from __future__ import annotations

import asyncio
from typing import Final

from strangler_gateway.requests.edge import Edge
from strangler_gateway.requests.fields import MalformedError
from strangler_gateway.requests.refusal import Refusal
from strangler_gateway.transport.chunked import ChunkedError
from strangler_gateway.transport.errors import UpstreamTimeoutError
from strangler_gateway.transport.outbox import Outbox, Outgoing, Towards
from strangler_gateway.wire.body import WireBody
from strangler_gateway.wire.client import Line, WireClient, refusal_bytes
from strangler_gateway.wire.deadline import Deadline
from strangler_gateway.wire.lingering import Lingering
from strangler_gateway.wire.serving import Serving

MOST_AHEAD: Final = 64 * 1024
"""Bytes of further requests a client may send before it has its response."""
_RETURN: Final = ord("\r")
_SLOW_CLIENT: Final = Refusal(408, "the request did not arrive in time")
_BAD_BODY: Final = Refusal(400, "the body of the request is malformed")
_TOO_LONG: Final = Refusal(413, "the body of the request is too long")


class WireProtocol(Line):
    """One connection of a client.

    It has the methods of asyncio.Protocol, from which compiled classes cannot inherit, and those that uvicorn's server
    expects of a connection.
    """

    __slots__ = (
        "_ahead",
        "_deadline",
        "_dispatch",
        "_half_closed",
        "_most_body",
        "_no_body",
        "_now",
        "_out",
        "_reader",
        "_reading_head",
        "_reading_paused",
        "_state",
        "_stopping",
        "edge",
        "loop",
        "relay",
        "terms",
        "transport",
    )

    def __init__(self, serving: Serving) -> None:
        self.relay = serving.relay
        self.terms = serving.terms
        self._most_body = serving.terms.most_body
        self.loop = serving.loop
        self._reader = serving.reader
        self._state = serving.state
        self._dispatch = serving.dispatch
        self.write_paused = False
        self._ahead = b""
        self._reading_head = False
        self._reading_paused = False
        self._now: WireClient | None = None
        self._no_body = WireBody(self, 0, expects_continue=False)
        self._stopping = False
        self._half_closed: asyncio.TimerHandle | None = None
        self._deadline = Deadline(self.loop, self._expired)

    # Called by asyncio.

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Wait for a request."""
        self._state.connections.add(self)  # type: ignore[arg-type]  # uvicorn names its own classes
        self.transport = transport
        self._out = Outgoing(transport, Outbox.of(self.loop), Towards.CLIENT)
        self.edge = self._edge_of(transport)
        self._deadline.set_in(self.terms.idle_seconds)

    def _edge_of(self, transport: asyncio.Transport) -> Edge:
        """Return the edge of the connection."""
        relay = self.relay
        found: tuple[str, int] | str | None = transport.get_extra_info("peername")
        peer = found[0] if isinstance(found, tuple) else "unknown"
        scheme = "http" if transport.get_extra_info("sslcontext") is None else "https"
        return Edge(peer, scheme, relay.ids, relay.traffic.plan.forwarding)

    def data_received(self, data: bytes) -> None:
        """Take the bytes of requests, of a body, or of a tunnel."""
        now = self._now
        if now is None:
            self._read(self._ahead + data if self._ahead else data)
        elif now.tunnelling:
            self._to_tunnel(now, data)
        elif now.body.read_whole:
            self._keep(data)
        else:
            self._read_body(now, data)

    def eof_received(self) -> bool:
        """Return whether to keep the connection open, for a client that has sent a whole request before it closed.

        It may have closed its side alone and wait for the response (RFC 9112, section 9.6), or have gone: TCP tells
        only once something is written. So it is given up when nothing could be written for `half_closed_seconds`.
        """
        self._out.write_now()
        now = self._now
        seconds = self.terms.half_closed_seconds
        if now is None or now.tunnelling or not now.body.read_whole or not seconds or self.edge.scheme == b"https":
            return False
        now.half_closed = True
        if not self._ahead:
            now.closing()
        self._half_closed = self.loop.call_later(seconds, self._look_for_client, self._deadline.at)
        return True

    def _look_for_client(self, seen: float) -> None:
        """Give up a client that has half-closed unless it has been sent something since, which moves the deadline."""
        at = self._deadline.at
        if at == seen and not self.write_paused:
            self.transport.abort()
        else:
            self._half_closed = self.loop.call_later(self.terms.half_closed_seconds, self._look_for_client, at)

    def connection_lost(self, exc: Exception | None) -> None:
        """Cancel the request in progress."""
        self._state.connections.discard(self)  # type: ignore[arg-type]
        self._deadline.cancel()
        if self._half_closed is not None:
            self._half_closed.cancel()
        self._out.drop()
        self._ahead = b""
        now, self._now = self._now, None
        if now is not None:
            self._dispatch.cancel(now)

    def pause_writing(self) -> None:
        """Stop reading from the upstream until the client has caught up."""
        self.write_paused = True
        now = self._now
        if now is not None and now.exchange is not None:
            now.exchange.pause()

    def resume_writing(self) -> None:
        """Continue reading from the upstream."""
        self.write_paused = False
        now = self._now
        if now is None:
            self._next()
        elif now.exchange is not None:
            now.exchange.resume()
            self.upstream_awaited()

    def shutdown(self) -> None:
        """Close after the response in progress; called by the server."""
        self._stopping = True
        if self._now is None or self._now.tunnelling:
            self._close()
        else:
            self._now.closing()

    # Requests.

    def _read(self, data: bytes) -> None:
        """Read the request at the start of `data` and begin to relay it."""
        self._ahead = b""
        if data[0] == _RETURN:
            # RFC 9112, section 2.2: empty lines before a request are ignored.
            data = data.removeprefix(b"\r\n")
            if not data:
                return
        try:
            head = self._reader.read(data, self.edge)
        except MalformedError as error:
            self._refuse(error.refusal)
            return
        if head is None:
            self._ahead = data
            if not self._reading_head:
                self._reading_head = True
                self._deadline.set_in(self.terms.head_seconds)
            return
        self._reading_head = False
        length = head.length
        most = self._most_body
        if most is not None and length is not None and length > most:
            self._refuse(_TOO_LONG)
            return
        rest = data[head.size :] if head.size < len(data) else b""
        # All requests without a body share one body object, since it never changes.
        body = self._no_body if length == 0 else WireBody(self, length, expects_continue=head.expects_continue)
        client = self._now = WireClient(self, head, body)
        if self._stopping:
            client.closing()
        if self._half_closed is not None:
            client.half_closed = True
        if rest and body.announced:
            fed = self._fed(client, rest)
            if fed is None:
                return
            rest = fed
        if rest:
            self._ahead = rest
        self._begin(client)

    def _begin(self, client: WireClient) -> None:
        self._dispatch.begin(client)

    def _read_body(self, client: WireClient, data: bytes) -> None:
        rest = self._fed(client, data)
        if rest is None:
            return
        if client.body.read_whole:
            self._deadline.clear()
        if rest:
            self._keep(rest)

    def _fed(self, client: WireClient, data: bytes) -> bytes | None:
        """Feed bytes to a body and return those after it; None when they make the request be refused."""
        try:
            rest = client.body.feed(data)
        except ChunkedError:
            self._give_up_body(client, _BAD_BODY)
            return None
        most = self._most_body
        if most is not None and client.body.received > most:
            self._give_up_body(client, _TOO_LONG)
            return None
        return rest

    def _give_up_body(self, client: WireClient, refusal: Refusal) -> None:
        client.closing()
        client.refuse(refusal)
        self._dispatch.cancel(client)

    def _keep(self, data: bytes) -> None:
        self._ahead += data
        if len(self._ahead) > MOST_AHEAD:
            self.pause_reading()

    def _next(self) -> None:
        if self._ahead and not self.write_paused and not self.transport.is_closing():
            self.resume_reading()
            self._read(self._ahead)

    def _refuse(self, refusal: Refusal) -> None:
        """Answer a request that could not be read or accepted, and close."""
        self.refused(refusal.status)
        self._out.write(refusal_bytes(refusal, persistent=False))
        self._linger()

    def _linger(self) -> None:
        """Close a connection whose client may still be sending."""
        self._deadline.cancel()
        self.resume_reading()
        if not self.transport.is_closing():
            self._out.write_now()
            Lingering(self.transport, self.connection_lost, self.loop)

    def _close(self) -> None:
        """Close once everything is written."""
        self._out.write_now()
        self.transport.close()

    def _expired(self) -> None:
        now = self._now
        if now is None:
            if self._reading_head:
                self._refuse(_SLOW_CLIENT)
            else:
                self._close()
        elif not now.body.read_whole and not now.begun:
            self._give_up_body(now, _SLOW_CLIENT)
        elif self.write_paused or now.exchange is None:
            self.transport.abort()
        elif left := self._dispatch.time_left(now):
            self._deadline.set_in(left)
        else:
            exchange = now.exchange
            exchange.fail(UpstreamTimeoutError("the upstream kept silent for too long"))
            exchange.close()

    # Called by requests.

    def write(self, data: bytes) -> None:
        """Send bytes."""
        self._out.write(data)

    def send_continue(self) -> None:
        """Tell the client that its body is wanted."""
        if self._now is not None and not self._now.begun:
            self._out.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def pause_reading(self) -> None:
        """Stop reading from the client."""
        if not self._reading_paused and not self.transport.is_closing():
            self._reading_paused = True
            self.transport.pause_reading()

    def resume_reading(self) -> None:
        """Continue reading from the client."""
        if self._reading_paused and not self.transport.is_closing():
            self._reading_paused = False
            self.transport.resume_reading()

    def body_awaited(self) -> None:
        """Start the time the client has for the next part."""
        self._deadline.set_in(self.terms.body_seconds)

    def upstream_awaited(self) -> None:
        """Start the time the upstream has for the next part."""
        self._deadline.set_in(self.relay.pools.timeouts.read)

    def answered(self, client: WireClient, *, persistent: bool) -> None:
        """End the request, and continue with the next one or close the connection."""
        if client is not self._now:
            return
        self._now = None
        self._dispatch.end(client)
        if not persistent or self._stopping or (self._half_closed is not None and not self._ahead):
            self._deadline.clear()
            if client.body.read_whole:
                self._close()
            else:
                self._linger()
            return
        self._deadline.set_in(self.terms.idle_seconds)
        if self._ahead:
            self._next()

    def switched(self, client: WireClient) -> None:
        """Become a byte tunnel from now on, beginning with the bytes the client has sent ahead."""
        ahead, self._ahead = self._ahead, b""
        if ahead:
            self._to_tunnel(client, ahead)
        self.resume_reading()

    def refused(self, status: int) -> None:
        """Count a response of the gateway's own."""
        self.relay.meter.refused(status)

    def cut_off(self, client: WireClient) -> None:
        """Close the connection so that the client sees that its response is incomplete."""
        if client is self._now:
            self._now = None
            self._dispatch.end(client)
        if client.request.one_one:
            self._close()
        else:
            # For HTTP/1.0 an orderly close would look like the end of the body.
            self._out.write_now()
            self.transport.abort()

    def replaced(self, client: WireClient, status: int) -> bool:
        """Send a request that failed with `status` to another host or v1; False when there is none to try."""
        return self._dispatch.replaced(client, status)

    def gave_up(self, client: WireClient, error: BaseException) -> None:
        """Try a request again that failed before any of its response arrived, or refuse it."""
        self._dispatch.gave_up(client, error)

    def answer_within(self, seconds: float) -> None:
        """Start the time an application has to answer."""
        self._deadline.set_in(seconds)

    def relayed_by_task(self) -> None:
        """Stop the deadline: the request's task keeps its own."""
        self._deadline.clear()

    def relaying_ended(self, client: WireClient) -> None:
        """Cut the client off when the request's task has ended without a response."""
        if self._now is client:
            self.cut_off(client)

    def _to_tunnel(self, client: WireClient, data: bytes) -> None:
        if client.exchange is not None:
            client.exchange.tunnel(data)
            self.upstream_awaited()
