"""One connection to an upstream."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod

from strangler_gateway.transport.errors import UpstreamClosedError, UpstreamProtocolError
from strangler_gateway.transport.exchange import Exchange, Wire
from strangler_gateway.transport.last_words import unread
from strangler_gateway.transport.outbox import Outbox, Outgoing, Towards
from strangler_gateway.transport.request import Sendable
from strangler_gateway.transport.response_head import MAX_HEAD
from strangler_gateway.transport.sink import Sink


class Keeper(ABC):
    """The owner of a connection, which opened it."""

    __slots__ = ()

    @abstractmethod
    def became_idle(self, connection: Connection) -> None:
        """Note that the connection can carry the next exchange, unless it was closed."""

    @abstractmethod
    def lost(self, connection: Connection) -> None:
        """Note that the connection is closed."""


class Connection(Wire):
    """Carries one exchange after the other; tells `keeper` when it can carry the next one.

    It has the methods of asyncio.Protocol, from which compiled classes cannot inherit.
    """

    __slots__ = (
        "_drained",
        "_exchange",
        "_keeper",
        "_out",
        "_transport",
        "_write_paused",
        "exchanges",
        "idle_since",
    )

    def __init__(
        self,
        keeper: Keeper,
        most_head: int = MAX_HEAD,
    ) -> None:
        self.most_head = most_head
        self._keeper = keeper
        self._transport: asyncio.Transport | None = None
        self._out: Outgoing | None = None
        self._exchange: Exchange | None = None
        self._drained: asyncio.Future[None] | None = None
        self._write_paused = False
        self.exchanges = 0
        self.idle_since = 0.0

    @property
    def usable(self) -> bool:
        """Whether it is open, as far as is known."""
        return self._transport is not None and not self._transport.is_closing()

    def begin(self, request: Sendable, sink: Sink | None = None) -> Exchange:
        """Begin the exchange for a request."""
        exchange = self._exchange = Exchange(
            self, sink, request.interim, head_only=request.method == b"HEAD", upgradable=request.upgradable
        )
        self.exchanges += 1
        return exchange

    def exchange_done(self, exchange: Exchange) -> None:
        """Note that an exchange has ended in both directions."""
        if exchange is not self._exchange:
            return
        self._exchange = None
        if exchange.keep_alive:
            self._keeper.became_idle(self)
        else:
            self.abort()

    # Called by asyncio.

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Take the transport of the new connection."""
        self._transport = transport
        self._out = Outgoing(transport, Outbox.of(asyncio.get_running_loop()), Towards.APPLICATION)

    def data_received(self, data: bytes) -> None:
        """Pass bytes to the exchange; unsolicited bytes end the connection."""
        exchange = self._exchange
        if exchange is None:
            self.abort()
            return
        try:
            exchange.received(data)
        except UpstreamProtocolError as error:
            exchange.fail(error)
            self.abort()

    def eof_received(self) -> None:
        """End a body that lasts until the connection's end; asyncio then closes the connection."""
        if self._exchange is not None:
            self._exchange.end_of_stream(None)

    def connection_lost(self, exc: Exception | None) -> None:
        """End the exchange, with what has arrived of its response, and wake the task that waits to write."""
        if self._out is not None:
            self._out.drop()
        exchange = self._exchange
        if exchange is not None:
            if exc is not None and self._transport is not None and (data := unread(self._transport)):
                self.data_received(data)
            exchange.end_of_stream(exc)
        self._exchange = None
        self._write_paused = False
        if self._drained is not None and not self._drained.done():
            self._drained.set_result(None)
        self._keeper.lost(self)

    def pause_writing(self) -> None:
        """Note that the upstream reads too slowly, so that the request body has to wait."""
        self._write_paused = True
        if self._exchange is not None:
            self._exchange.writable(writable=False)

    def resume_writing(self) -> None:
        """Continue sending the request body."""
        self._write_paused = False
        if self._drained is not None and not self._drained.done():
            self._drained.set_result(None)
        if self._exchange is not None:
            self._exchange.writable(writable=True)

    # Called by exchanges.

    def write(self, data: bytes) -> None:
        """Write a part of the request; UpstreamClosedError when the connection is closing."""
        transport, out = self._transport, self._out
        if transport is None or out is None or transport.is_closing():
            raise UpstreamClosedError("the connection was closed before the request was complete")
        out.write(data)

    async def drained(self) -> None:
        """Wait until the upstream has accepted enough of the bytes written."""
        if self._write_paused:
            self._drained = asyncio.get_running_loop().create_future()
            await self._drained

    def pause_reading(self) -> None:
        """Stop reading until `resume_reading`."""
        if self.usable and self._transport is not None:
            self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Continue reading."""
        if self.usable and self._transport is not None:
            self._transport.resume_reading()

    def abort(self) -> None:
        """Close at once; an exchange in progress fails."""
        if self._out is not None:
            self._out.drop()
        if self._transport is not None:
            self._transport.abort()
