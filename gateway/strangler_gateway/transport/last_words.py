"""Reads what an upstream sent before it reset the connection."""

from __future__ import annotations

import asyncio
import os
import socket
from typing import Final

MOST: Final = 1024 * 1024
"""The most bytes that are still read; a kernel hardly keeps more for a connection."""


def unread(transport: asyncio.BaseTransport) -> bytes:
    """Return the bytes that arrived on a lost connection and were not read; ``b""`` when they cannot be had.

    An upstream that refuses a body answers, and then resets the connection because it has not read all of it. The
    gateway's write may fail before it has read the response, which Linux still keeps. With TLS it can no longer be
    decrypted.
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
        pass  # nothing is left
    return b"".join(parts)
