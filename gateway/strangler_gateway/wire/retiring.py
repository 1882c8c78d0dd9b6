"""Connections that end after a number of requests or a time."""

from __future__ import annotations

import asyncio

from strangler_gateway.wire.client import WireClient
from strangler_gateway.wire.protocol import WireProtocol


class RetiringProtocol(WireProtocol):
    """A connection that sends ``Connection: close`` with its last response.

    The client learns of the end before it sends more, so no request is lost.
    """

    __slots__ = ("_age", "_requests_left")

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Start to count requests and time."""
        super().connection_made(transport)
        self._requests_left = self.terms.most_requests
        seconds = self.terms.connection_seconds
        self._age = self.loop.call_later(seconds, self._retire) if seconds is not None else None

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the timer."""
        if self._age is not None:
            self._age.cancel()
        super().connection_lost(exc)

    def _begin(self, client: WireClient) -> None:
        if self._requests_left is not None:
            self._requests_left -= 1
            if self._requests_left <= 0:
                client.closing()
        super()._begin(client)

    def _retire(self) -> None:
        """Make the response in progress, or else the next one, the last; a tunnel stays open."""
        self._stopping = True
        if self._now is not None and not self._now.tunnelling:
            self._now.closing()
