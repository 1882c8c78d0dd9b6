"""The body of a request as ASGI delivers it, and a watch for clients that disconnect."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from starlette.types import Receive

from strangler_gateway.requests.downstream import ClientGoneError
from strangler_gateway.requests.head import RequestHead

WATCH_AFTER_SECONDS = 0.05
"""How long a request runs before its client is watched: watching costs, and most requests are over by then."""


class RequestBody:
    """Iterates over the parts of a body; raises ClientGoneError when the client does not send the rest."""

    def __init__(self, receive: Receive, head: RequestHead) -> None:
        self._receive = receive
        self._fetched = False
        self._streamed = False
        self.announced = head.length != 0
        self.expects_continue = head.expects_continue
        self.read_whole = not self.announced
        self.first = b""

    @property
    def kept(self) -> bytes | None:
        """The whole body; None when it has not arrived completely, or was streamed."""
        return self.first if self.read_whole and not self._streamed else None

    async def prefetch(self) -> None:
        """Read the first part of the body; ClientGoneError when the client has disconnected."""
        if not self._fetched:
            self._fetched = True
            self.first = await self._next()

    async def listen(self) -> None:
        """Return when the client disconnects; may be called only after the body was read."""
        while (await self._receive())["type"] != "http.disconnect":
            pass

    async def __aiter__(self) -> AsyncIterator[bytes]:
        await self.prefetch()
        self._streamed = True
        yield self.first
        self.first = b""
        while not self.read_whole:
            yield await self._next()

    async def _next(self) -> bytes:
        message = await self._receive()
        if message["type"] == "http.disconnect":
            raise ClientGoneError
        self.read_whole = not message.get("more_body", False)
        return message.get("body", b"")


class ClientWatch:
    """Cancels the task that serves a request when its client disconnects; must be made in that task."""

    def __init__(self, body: RequestBody) -> None:
        self._body = body
        self._task = asyncio.current_task()
        self._loop = asyncio.get_running_loop()
        self._timer = self._loop.call_later(WATCH_AFTER_SECONDS, self._begin)
        self._listener: asyncio.Task[None] | None = None
        self._gone = False

    def noticed(self) -> bool:
        """Whether this watch has cancelled the task; if so, undo that cancellation."""
        if self._gone and self._task is not None:
            self._task.uncancel()
        return self._gone

    def stop(self) -> None:
        """Stop watching."""
        self._timer.cancel()
        if self._listener is not None:
            self._listener.cancel()

    def _begin(self) -> None:
        if self._body.read_whole:
            self._listener = self._loop.create_task(self._listen())
        else:
            # Until the body is read, its reader notices when the client disconnects.
            self._timer = self._loop.call_later(WATCH_AFTER_SECONDS, self._begin)

    async def _listen(self) -> None:
        await self._body.listen()
        self._gone = True
        if self._task is not None:
            self._task.cancel()
