"""Limits how many requests are in flight to one application at the same time; the others wait here for their turn.

An application that gets more than it can serve at once queues the rest out of sight, where a hold no longer reaches
them. Requests that wait in the gateway can still be held or sent elsewhere.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Final

from strangler.model.authority import Side
from strangler_gateway.in_flight import Ticket
from strangler_gateway.routing.plan import Plan

MOST_WAITING: Final = 2_000
_V2: Final = Side.V2


class LaneFullError(Exception):
    """Too many requests are waiting for an application already."""


class Lane:
    """Room for `width` concurrent requests to one application; first come, first served."""

    def __init__(self, width: int, most_waiting: int = MOST_WAITING) -> None:
        self.width = width
        self.waiting = 0
        self._most_waiting = most_waiting
        self._free = width
        self._queue: deque[asyncio.Future[None]] = deque()

    @property
    def full(self) -> bool:
        """Whether a request that comes now has to wait."""
        return not self._free

    def enter_at_once(self) -> bool:
        """Take a place and return True when one is free; otherwise return False."""
        if not self._free:
            return False
        self._free -= 1
        return True

    async def enter(self) -> bool:
        """Take a place and return whether the request had to wait for it; LaneFullError when too many wait already."""
        if self.enter_at_once():
            return False
        if self.waiting >= self._most_waiting:
            raise LaneFullError
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.append(turn)
        self.waiting += 1
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():
                self.leave()  # the place was given to a request that had just been cancelled
            elif turn in self._queue:
                self._queue.remove(turn)
            raise
        finally:
            self.waiting -= 1
        return True

    def leave(self) -> None:
        """Give up the place, to the request that has waited longest where one waits."""
        while self._queue:
            turn = self._queue.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1


class Lanes:
    """The lanes of one gateway, by application; an application without a width has none."""

    def __init__(self) -> None:
        self._lanes: dict[str | None, Lane] = {}

    def of(self, ticket: Ticket, plan: Plan) -> Lane | None:
        """Return the lane a request has to enter, None when its application has no limit."""
        service = ticket.service if ticket.side is _V2 else None
        width = plan.services[service].width if service else plan.monolith_width
        if width is None:
            return None
        lane = self._lanes.get(service)
        if lane is None or lane.width != width:
            # Requests that are in the lane of an old plan's width still leave that one.
            lane = self._lanes[service] = Lane(width)
        return lane
