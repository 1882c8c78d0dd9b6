"""Requests that wait instead of being forwarded, bounded in number and time."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass

from strangler.project import RouteMatch
from strangler_gateway.requests.facts import SAFE_METHODS
from strangler_gateway.routing.route_table import RouteTable

MOST_SECONDS = 60.0
MOST_HELD = 100_000
"""Whatever an administrator asks for, a hold is over some time, and its requests fit into memory."""


@dataclass(frozen=True, slots=True)
class HoldTerms:
    """What is held: every unsafe method on the routes of the service, and the further `routes`.

    At most `limit` requests wait, for at most `seconds` after the hold was set; what is beyond goes on.
    """

    epoch: int
    limit: int
    seconds: float
    routes: tuple[RouteMatch, ...] = ()


class Hold:
    """One hold, from when it is set until it is released or its time is over."""

    def __init__(self, service: str, terms: HoldTerms) -> None:
        self.service = service
        self.terms = terms
        self.overflowed = 0
        self._writers = RouteTable(terms.routes)
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._loop = asyncio.get_running_loop()
        self._ends = self._loop.time() + terms.seconds
        self._timer = self._loop.call_at(self._ends, self.release)
        self._over = False

    @property
    def active(self) -> bool:
        """Whether it still holds anything."""
        return not self._over

    @property
    def waiting(self) -> int:
        """How many requests wait."""
        return len(self._waiting)

    @property
    def seconds_left(self) -> float:
        """How long until it ends by itself."""
        return max(0.0, self._ends - self._loop.time()) if not self._over else 0.0

    def concerns(self, service: str | None, method: str, path: str) -> bool:
        """Whether a request writes what is being moved; `service` is that of its route."""
        own = service == self.service and method not in SAFE_METHODS
        return own or self.lists(method, path) is not None

    def lists(self, method: str, path: str) -> RouteMatch | None:
        """Return which of the further routes a request is for."""
        return self._writers.find(method, path)

    async def wait(self) -> None:
        """Wait for the end of the hold; return at once when too many wait already."""
        if self._over:
            return
        if len(self._waiting) >= self.terms.limit:
            self.overflowed += 1
            return
        waiter: asyncio.Future[None] = self._loop.create_future()
        self._waiting.append(waiter)
        try:
            await waiter
        finally:
            if not self._over:
                self._waiting.remove(waiter)

    def renew(self, terms: HoldTerms) -> None:
        """Go on with other terms; who waits goes on waiting."""
        self.terms = terms
        self._writers = RouteTable(terms.routes)
        self._timer.cancel()
        self._ends = self._loop.time() + terms.seconds
        self._timer = self._loop.call_at(self._ends, self.release)

    def release(self) -> None:
        """Let everything go, in the order it came."""
        self._over = True
        self._timer.cancel()
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(None)
