"""Closes a connection whose client may still be sending."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

LINGER_SECONDS = 2.0
"""How long a client may continue to send unwanted bytes."""


class Lingering(asyncio.Protocol):
    """Takes over a connection once its last response is written, and drops what still arrives.

    Closing a connection with unread bytes resets it, and its client may lose the response; so it is closed in stages
    (RFC 9112, section 9.6). `lost` is called at its end.
    """

    def __init__(
        self,
        transport: asyncio.Transport,
        lost: Callable[[Exception | None], None],
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self._lost = lost
        transport.set_protocol(self)
        # TLS cannot be half-closed; a client that has read `Connection: close` closes the connection.
        if transport.can_write_eof():
            transport.write_eof()
        self._end = loop.call_later(LINGER_SECONDS, transport.close)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the protocol the connection was taken from."""
        self._end.cancel()
        self._lost(exc)
