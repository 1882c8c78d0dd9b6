"""Keep-alive connections to upstreams, one pool per origin."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from time import monotonic
from typing import Final

from strangler.model.wire import WireTerms
from strangler_gateway.transport.connection import Connection, Keeper
from strangler_gateway.transport.errors import (
    UpstreamClosedError,
    UpstreamTimeoutError,
    UpstreamUnreachableError,
)
from strangler_gateway.transport.exchange import Exchange
from strangler_gateway.transport.origin import Origin
from strangler_gateway.transport.outbox import Outbox
from strangler_gateway.transport.request import Sendable
from strangler_gateway.transport.response_head import MAX_HEAD
from strangler_gateway.transport.sink import Sink
from strangler_gateway.transport.tls import handshake

_clock: Final = monotonic
"""Final, so that compiled code need not look the name up."""
CONTINUE_SECONDS: Final = 1.0
"""How long a body with ``Expect: 100-continue`` waits for the 100."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Timeouts in seconds: to connect, and for the next bytes of a response."""

    connect: float = 5.0
    read: float = 60.0


@dataclass(frozen=True, slots=True)
class PoolLimits:
    """Limits of a pool, in seconds: how long an idle connection is kept, and trusted with unrepeatable requests.

    An upstream may close an idle connection at any time. A request that meets such a connection is repeated on a fresh
    one when that is safe; a request that cannot be repeated takes a connection that was used a moment ago, or a fresh
    one. `response_head` is the most bytes of a response's head.
    """

    idle: float = 30.0
    trusted_idle: float = 0.5
    response_head: int = MAX_HEAD


class OriginPool(Keeper):
    """The connections to one origin."""

    def __init__(self, origin: Origin, timeouts: Timeouts, limits: PoolLimits) -> None:
        self.origin = origin
        self._timeouts = timeouts
        self._limits = limits
        self._idle: list[Connection] = []
        self._outbox: Outbox | None = None
        self._connections: set[Connection] = set()
        self._handshake = handshake(origin)
        self._closed = False
        self.opened = 0
        self.reused = 0
        self.failed = 0

    @property
    def idle(self) -> int:
        """The number of idle connections."""
        return len(self._idle)

    @property
    def size(self) -> int:
        """The number of open connections."""
        return len(self._connections)

    def send_at_once(self, request: Sendable, sink: Sink) -> Exchange | None:
        """Send a complete request on an idle connection, with its response to `sink`; None when none can be used."""
        if not self._idle:
            return None
        connection = self._take(request)
        if connection is None:
            return None
        exchange = connection.begin(request, sink)
        exchange.send(request.whole())
        return exchange

    async def send(self, request: Sendable, patience: float | None = None) -> Exchange:
        """Send a request and return the exchange once the head of its response has arrived; UpstreamError otherwise.

        The upstream has `patience` seconds for the head once it has the whole request, by default as long as for any
        part. The caller closes the exchange. A request that met a connection which had just been closed is repeated
        once, on a fresh connection, when it is repeatable and nothing of a response had arrived.
        """
        if patience is None:
            patience = self._timeouts.read
        connection = self._take(request)
        reused = connection is not None
        exchange = await self._start(request, connection or await self._connect())
        try:
            await exchange.head(patience)
        except UpstreamClosedError:
            exchange.close()
            if not (reused and request.repeatable and not exchange.started):
                raise
        except BaseException:
            exchange.close()
            raise
        else:
            return exchange
        exchange = await self._start(request, await self._connect())
        try:
            await exchange.head(patience)
        except BaseException:
            exchange.close()
            raise
        return exchange

    def renew_tls(self) -> None:
        """Read the file of certificate authorities again, for new connections."""
        self._handshake = handshake(self.origin)

    def close(self) -> None:
        """Close the idle connections; the others are closed when their exchange ends."""
        self._closed = True
        for connection in self._idle:
            connection.abort()
        self._idle.clear()

    async def _start(self, request: Sendable, connection: Connection) -> Exchange:
        exchange = connection.begin(request)
        try:
            if request.source is None:
                exchange.send(request.whole())
            else:
                patience = CONTINUE_SECONDS if request.expects_continue else 0.0
                exchange.send_streaming(request.head(), request.source, request.framing(), patience, request.trailers)
        except BaseException:
            exchange.close()
            raise
        return exchange

    def _take(self, request: Sendable) -> Connection | None:
        """Return the connection used last, None when none can be trusted with the request."""
        idle = self._idle
        now = self._time()
        longest = self._limits.idle if request.repeatable else self._limits.trusted_idle
        while idle:
            connection = idle[-1]
            unused = now - connection.idle_since
            if connection.usable:
                if unused <= longest:
                    idle.pop()
                    self.reused += 1
                    # The oldest is at the front; closing one per request closes all of them in time.
                    if idle and now - idle[0].idle_since > self._limits.idle:
                        idle.pop(0).abort()
                    return connection
                if unused <= self._limits.idle:
                    return None
            idle.pop()
            connection.abort()
        return None

    async def _connect(self) -> Connection:
        loop = asyncio.get_running_loop()
        origin, shown = self.origin, self._handshake
        connection = Connection(self, self._limits.response_head)
        self._outbox = Outbox.of(loop)
        try:
            async with asyncio.timeout(self._timeouts.connect):
                await loop.create_connection(  # type: ignore[type-var]
                    # Compiled classes cannot inherit from asyncio's, which only needs the methods.
                    lambda: connection,  # type: ignore[type-var]
                    origin.host,
                    origin.port,
                    ssl=shown.context,
                    server_hostname=shown.server_name,
                )
        except TimeoutError as error:
            self.failed += 1
            raise UpstreamTimeoutError(f"{origin} did not accept a connection in time") from error
        except OSError as error:
            self.failed += 1
            raise UpstreamUnreachableError(f"{origin} cannot be reached: {error}") from error
        self._connections.add(connection)
        self.opened += 1
        return connection

    def became_idle(self, connection: Connection) -> None:
        """Keep a connection for the next request, which will check whether it is usable."""
        if self._closed:
            connection.abort()
            return
        connection.idle_since = self._time()
        self._idle.append(connection)

    def lost(self, connection: Connection) -> None:
        """Remove a closed connection."""
        self._connections.discard(connection)
        if connection in self._idle:
            self._idle.remove(connection)

    def _time(self) -> float:
        return _clock() if self._outbox is None else self._outbox.time()


class ConnectionPools:
    """The pools of all origins, each made when its origin is first asked for."""

    def __init__(self, timeouts: Timeouts | None = None, limits: PoolLimits | None = None) -> None:
        self._timeouts = timeouts or Timeouts()
        self._limits = limits or PoolLimits()
        self._pools: dict[Origin, OriginPool] = {}

    @property
    def timeouts(self) -> Timeouts:
        """The timeouts of every pool."""
        return self._timeouts

    def of(self, origin: Origin) -> OriginPool:
        """Return the pool of an origin."""
        pool = self._pools.get(origin)
        if pool is None:
            pool = self._pools[origin] = OriginPool(origin, self._timeouts, self._limits)
        return pool

    def all(self) -> Iterable[OriginPool]:
        """Return all pools."""
        return self._pools.values()

    def renew_tls(self) -> None:
        """Read the files of certificate authorities again; ConfigurationError when one cannot be used."""
        for pool in self._pools.values():
            pool.renew_tls()

    def close(self) -> None:
        """Close every pool."""
        for pool in self._pools.values():
            pool.close()
        self._pools.clear()


def pools_within(terms: WireTerms) -> ConnectionPools:
    """Return pools with the limits on applications in `terms`."""
    return ConnectionPools(Timeouts(read=terms.silence_seconds), PoolLimits(response_head=terms.most_response_head))
