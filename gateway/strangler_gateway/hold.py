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
"""Upper bounds for any order, so that every hold ends and its requests fit into memory."""


@dataclass(frozen=True, slots=True)
class HoldTerms:
    """What is held: every unsafe method on the routes of the service, and every request for the further `routes`.

    At most `limit` requests wait, for at most `seconds` after the hold was set; requests beyond that are forwarded.
    """

    epoch: int
    limit: int
    seconds: float
    routes: tuple[RouteMatch, ...] = ()


class Hold:
    """One hold, from the moment it is set until it is released or expires."""

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
        """Whether it is still on."""
        return not self._over

    @property
    def waiting(self) -> int:
        """How many requests are waiting."""
        return len(self._waiting)

    @property
    def seconds_left(self) -> float:
        """Seconds until it expires, 0 when it is over."""
        return max(0.0, self._ends - self._loop.time()) if not self._over else 0.0

    def concerns(self, service: str | None, method: str, path: str) -> bool:
        """Whether the hold applies to a request; `service` is that of its route."""
        own = service == self.service and method not in SAFE_METHODS
        return own or self.lists(method, path) is not None

    def lists(self, method: str, path: str) -> RouteMatch | None:
        """Return the further route a request is for, None when it is for none of them."""
        return self._writers.find(method, path)

    async def wait(self) -> None:
        """Wait for the end of the hold; return at once when it is over or `limit` requests wait already."""
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
        """Continue with other terms, counting the seconds anew; waiting requests keep waiting."""
        self.terms = terms
        self._writers = RouteTable(terms.routes)
        self._timer.cancel()
        self._ends = self._loop.time() + terms.seconds
        self._timer = self._loop.call_at(self._ends, self.release)

    def release(self) -> None:
        """End the hold and let every waiting request go, in the order of arrival."""
        self._over = True
        self._timer.cancel()
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(None)
