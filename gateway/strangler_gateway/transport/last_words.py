"""What an upstream has said before it broke off the connection."""

from __future__ import annotations

import asyncio
import os
import socket
from typing import Final

MOST: Final = 1024 * 1024
"""Bytes that are still read; a kernel keeps hardly more for a connection."""


def unread(transport: asyncio.BaseTransport) -> bytes:
    """Return what has arrived at a connection that is lost, and was not read; ``b""`` where nothing can be told of it.

    An upstream that refuses a body answers, and resets the connection on which it has not read it all. Writing fails
    then before the answer was read, which Linux still has. Of TLS nothing more can be deciphered.
    """
    if transport.get_extra_info("sslcontext") is not None:
        return b""
    connection: socket.socket | None = transport.get_extra_info("socket")
    if connection is None or (descriptor := connection.fileno()) < 0:
        return b""
    parts: list[bytes] = []
    left = MOST
    try:
        while left and (part := os.read(descriptor, left)):
            parts.append(part)
            left -= len(part)
    except OSError:
        pass  # Nothing is left.
    return b"".join(parts)
