"""The end of a connection whose client may still be sending."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

LINGER_SECONDS = 2.0
"""How long a client may go on sending what nobody wants."""


class Lingering(asyncio.Protocol):
    """Takes a connection over once its last answer is written, and drops what still comes.

    A connection that is closed with bytes nobody has read is reset, and its client may lose the answer; so it is closed
    in stages (RFC 9112, section 9.6). `lost` is called at its end.
    """

    def __init__(
        self,
        transport: asyncio.Transport,
        lost: Callable[[Exception | None], None],
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self._lost = lost
        transport.set_protocol(self)
        # Over TLS a half can not be ended alone; a client that has read `Connection: close` ends the whole.
        if transport.can_write_eof():
            transport.write_eof()
        self._end = loop.call_later(LINGER_SECONDS, transport.close)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell who spoke before."""
        self._end.cancel()
        self._lost(exc)
