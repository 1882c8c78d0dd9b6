"""The body of a request while it arrives."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from typing import Final

from strangler_gateway.requests.forwarding import forwarded_trailers
from strangler_gateway.transport.chunked import ChunkedBody

HIGH_WATER: Final = 64 * 1024
"""Bytes of a body that may wait to be forwarded before the client is slowed down."""


class Sender(ABC):
    """The client's connection, as its body sees it."""

    __slots__ = ()

    @abstractmethod
    def send_continue(self) -> None:
        """Tell the client that its body is wanted."""

    @abstractmethod
    def pause_reading(self) -> None:
        """Stop reading from the client."""

    @abstractmethod
    def resume_reading(self) -> None:
        """Continue reading from the client."""

    @abstractmethod
    def body_awaited(self) -> None:
        """Start the time the client has for the next part."""


class WireBody:
    """Decodes one body from the bytes of a connection, and iterates over its parts.

    `length` is the Content-Length, None for a chunked body. `received` counts the bytes of the body so far.
    """

    __slots__ = (
        "_chunked",
        "_left",
        "_parts",
        "_sender",
        "_size",
        "_waiter",
        "announced",
        "expects_continue",
        "read_whole",
        "received",
    )

    def __init__(self, sender: Sender, length: int | None, *, expects_continue: bool) -> None:
        self.announced = length != 0
        self.expects_continue = expects_continue and self.announced
        self.read_whole = not self.announced
        self.received = 0
        self._sender = sender
        self._left = length or 0
        self._chunked = ChunkedBody() if length is None else None
        self._parts: list[bytes] = []
        self._size = 0
        self._waiter: asyncio.Future[None] | None = None

    @property
    def content(self) -> bytes:
        """The bytes that have arrived and were not read yet."""
        return self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)

    @property
    def kept(self) -> bytes | None:
        """The whole body; None when it has not arrived completely, or parts of it were read."""
        return self.content if self.read_whole and self._size == self.received else None

    @property
    def trailers(self) -> bytes:
        """The trailer block, without the fields that must not be forwarded."""
        block = self._chunked.trailers if self._chunked is not None else b""
        return forwarded_trailers(block) if block else b""

    def feed(self, data: bytes) -> bytes:
        """Take bytes of the connection and return those after the body; ChunkedError when they are malformed."""
        rest = b""
        if self._chunked is not None:
            data = self._chunked.feed(data)
            rest, self.read_whole = self._chunked.rest, self._chunked.complete
        elif len(data) >= self._left:
            data, rest = data[: self._left], data[self._left :]
            self._left = 0
            self.read_whole = True
        else:
            self._left -= len(data)
        if data:
            self.received += len(data)
            self._parts.append(data)
            self._size += len(data)
            if self._size > HIGH_WATER and not self.read_whole:
                self._sender.pause_reading()
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
        return rest

    async def prefetch(self) -> None:
        """Wait for the first part; sends a 100 to a client that expects one."""
        while not self._parts and not self.read_whole:
            await self._progress()

    def __aiter__(self) -> AsyncIterator[bytes]:
        """Return itself: the body can be read only once."""
        return self

    async def __anext__(self) -> bytes:
        """Return what has arrived, after waiting for some."""
        while not self._parts:
            if self.read_whole:
                raise StopAsyncIteration
            await self._progress()
        data = self.content
        self._parts = []
        self._size = 0
        self._sender.resume_reading()
        return data

    async def _progress(self) -> None:
        if self.expects_continue and not self.received:
            self._sender.send_continue()
        self._sender.body_awaited()
        self._waiter = asyncio.get_running_loop().create_future()
        await self._waiter
