"""How many requests may be on their way to one application at the same time: more wait for their turn here.

An application that is given more than it can do at once queues the rest out of sight, where nothing can be held any
more; in the gateway what waits can still be held, or sent elsewhere.
"""

from __future__ import annotations

import asyncio

from strangler.model.authority import Side
from strangler_gateway.in_flight import Ticket
from strangler_gateway.plan import Plan

MOST_WAITING = 2_000


class LaneFullError(Exception):
    """Too many requests wait for an application already."""


class Lane:
    """The way to one application, with place for `width` requests side by side; first come, first served."""

    def __init__(self, width: int, most_waiting: int = MOST_WAITING) -> None:
        self.width = width
        self.waiting = 0
        self._most_waiting = most_waiting
        self._places = asyncio.Semaphore(width)

    async def enter(self) -> bool:
        """Take a place, and return whether it had to be waited for; LaneFullError when too many wait already."""
        if not self._places.locked():
            return not await self._places.acquire()  # which waits for nothing
        if self.waiting >= self._most_waiting:
            raise LaneFullError
        self.waiting += 1
        try:
            return await self._places.acquire()
        finally:
            self.waiting -= 1

    def leave(self) -> None:
        """Give the place to who waits longest."""
        self._places.release()


class Lanes:
    """The lanes of one gateway, by application; without a width there is none."""

    def __init__(self) -> None:
        self._lanes: dict[str | None, Lane] = {}

    def of(self, ticket: Ticket, plan: Plan) -> Lane | None:
        """Return the lane a request has to take."""
        service = ticket.service if ticket.side is Side.V2 else None
        width = plan.services[service].width if service else plan.monolith_width
        if width is None:
            return None
        lane = self._lanes.get(service)
        if lane is None or lane.width != width:
            # Who is in a lane that was as wide as an old plan says gives his place back there.
            lane = self._lanes[service] = Lane(width)
        return lane
