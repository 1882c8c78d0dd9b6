"""Sends copies of requests to the other side, beside the traffic and never in its way."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace

from strangler_gateway.shadow.answer import Answer
from strangler_gateway.transport.errors import UpstreamError
from strangler_gateway.transport.origin import Origin
from strangler_gateway.transport.pool import ConnectionPools, Timeouts
from strangler_gateway.transport.request import Request

MARKER = (b"X-Strangler-Shadow", b"1")
"""Tells an application that nobody waits for its answer, and that it should have no effects."""
READING_METHODS = frozenset((b"GET", b"HEAD"))


@dataclass(frozen=True, slots=True)
class ShadowLimits:
    """How much shadowing may take: `waiting` copies of `held` bytes, `at_once` on their way, each for `seconds`."""

    waiting: int = 200
    held: int = 8 * 1024 * 1024
    at_once: int = 8
    seconds: float = 10.0
    body: int = 256 * 1024
    """Bytes a body may have, of a request or of an answer."""


@dataclass(frozen=True, slots=True)
class Copy:
    """A request that was answered, the answer its client got, and where the same is asked now."""

    route: str
    origin: Origin
    request: Request
    answered: Answer
    writes: bool = False
    """Whether the route was opted in to send copies of what may write."""

    @property
    def size(self) -> int:
        """About how many bytes are held for it."""
        fields = (*self.request.headers, *self.answered.headers)
        heads = sum(len(name) + len(value) for name, value in fields) + len(self.request.target)
        return heads + len(self.request.body) + len(self.answered.body)


@dataclass(slots=True)
class ShadowCounts:
    """What became of the copies: each is counted once."""

    compared: int = 0
    dropped: int = 0
    too_large: int = 0
    unsafe: int = 0
    failed: int = 0


class ShadowSender:
    """Asks with connections of its own, so that the other side's trouble takes none from the traffic."""

    def __init__(self, take: Callable[[Copy, Answer], None], limits: ShadowLimits | None = None) -> None:
        self.counts = ShadowCounts()
        self._take = take
        self._limits = limits or ShadowLimits()
        self._pools = ConnectionPools(Timeouts(self._limits.seconds, self._limits.seconds))
        self._waiting: deque[Copy] = deque()
        self._held = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._working = 0
        self._closed = False

    @property
    def held(self) -> int:
        """Bytes that wait or are on their way."""
        return self._held

    def offer(self, copy: Copy) -> None:
        """Take a copy, or drop and count it; returns at once and raises nothing."""
        limits = self._limits
        if copy.request.method not in READING_METHODS and not copy.writes:
            self.counts.unsafe += 1
        elif copy.request.source is not None or max(len(copy.request.body), len(copy.answered.body)) > limits.body:
            self.counts.too_large += 1
        elif self._closed or len(self._waiting) >= limits.waiting or self._held + copy.size > limits.held:
            self.counts.dropped += 1
        else:
            self._held += copy.size
            self._waiting.append(copy)
            if self._working < limits.at_once:
                self._working += 1
                task = asyncio.get_running_loop().create_task(self._work())
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Give up what waits and what is on its way."""
        self._closed = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.counts.dropped += len(self._waiting)
        self._waiting.clear()
        self._held = 0
        self._pools.close()

    async def _work(self) -> None:
        try:
            while self._waiting:
                copy = self._waiting.popleft()
                try:
                    await self._compare(copy)
                finally:
                    self._held -= copy.size
        finally:
            # At once, and not when the task is found to be done: what is offered meanwhile would wait for nobody.
            self._working -= 1

    async def _compare(self, copy: Copy) -> None:
        try:
            async with asyncio.timeout(self._limits.seconds):
                answer = await self._answer(copy)
        except (UpstreamError, TimeoutError):
            self.counts.failed += 1
        except asyncio.CancelledError:
            self.counts.dropped += 1
            raise
        else:
            if answer is None:
                self.counts.too_large += 1
            else:
                self.counts.compared += 1
                self._take(copy, answer)

    async def _answer(self, copy: Copy) -> Answer | None:
        """Return the answer of the other side; None when its body is over the bound."""
        request = replace(copy.request, headers=[*copy.request.headers, MARKER])
        exchange = await self._pools.of(copy.origin).send(request)
        try:
            body = bytearray()
            while part := await exchange.read(self._limits.seconds):
                body += part
                if len(body) > self._limits.body:
                    return None
            return Answer(exchange.status, exchange.headers, bytes(body))
        finally:
            exchange.close()
