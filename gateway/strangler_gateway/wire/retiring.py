"""Connections that end after so many requests, or so long a time."""

from __future__ import annotations

import asyncio

from strangler_gateway.wire.client import WireClient
from strangler_gateway.wire.protocol import WireProtocol


class RetiringProtocol(WireProtocol):
    """A connection that says ``Connection: close`` with the last response it is good for.

    A client learns of the end before it asks for more: nothing it has sent is lost.
    """

    __slots__ = ("_age", "_requests_left")

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Begin to count."""
        super().connection_made(transport)
        self._requests_left = self.terms.most_requests
        seconds = self.terms.connection_seconds
        self._age = self.loop.call_later(seconds, self._retire) if seconds is not None else None

    def connection_lost(self, exc: Exception | None) -> None:
        """Count no longer."""
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
        """Let the response under way, or else the next one, be the last; a tunnel goes on."""
        self._stopping = True
        if self._now is not None and not self._now.tunnelling:
            self._now.closing()
