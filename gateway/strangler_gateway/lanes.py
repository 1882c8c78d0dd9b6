"""How many requests may be on their way to one application at the same time: more wait for their turn here.

An application that is given more than it can do at once queues the rest out of sight, where nothing can be held any
more; in the gateway what waits can still be held, or sent elsewhere.
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
    """Too many requests wait for an application already."""


class Lane:
    """The way to one application, with place for `width` requests side by side; first come, first served."""

    def __init__(self, width: int, most_waiting: int = MOST_WAITING) -> None:
        self.width = width
        self.waiting = 0
        self._most_waiting = most_waiting
        self._free = width
        self._queue: deque[asyncio.Future[None]] = deque()

    @property
    def full(self) -> bool:
        """Whether who comes now has to wait."""
        return not self._free

    def enter_at_once(self) -> bool:
        """Take a place, and return True, when there is one for the asking."""
        if not self._free:
            return False
        self._free -= 1
        return True

    async def enter(self) -> bool:
        """Take a place, and return whether it had to be waited for; LaneFullError when too many wait already."""
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
                self.leave()  # the place was given to who has just given up
            elif turn in self._queue:
                self._queue.remove(turn)
            raise
        finally:
            self.waiting -= 1
        return True

    def leave(self) -> None:
        """Give the place to who waits longest."""
        while self._queue:
            turn = self._queue.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1


class Lanes:
    """The lanes of one gateway, by application; without a width there is none."""

    def __init__(self) -> None:
        self._lanes: dict[str | None, Lane] = {}

    def of(self, ticket: Ticket, plan: Plan) -> Lane | None:
        """Return the lane a request has to take."""
        service = ticket.service if ticket.side is _V2 else None
        width = plan.services[service].width if service else plan.monolith_width
        if width is None:
            return None
        lane = self._lanes.get(service)
        if lane is None or lane.width != width:
            # Who is in a lane that was as wide as an old plan says gives his place back there.
            lane = self._lanes[service] = Lane(width)
        return lane
