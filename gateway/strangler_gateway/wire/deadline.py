"""A deadline that every request moves, for the cost of an assignment."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from strangler_gateway.transport.outbox import Outbox

_SOONEST: Final = 0.001
"""Seconds; the resolution of uvloop's timers."""
NEVER: Final = float("inf")


class Deadline:
    """Calls `on_expiry` when its time has come.

    Moving the deadline later leaves the timer alone: when that fires too early, it is set again for the time left.
    """

    __slots__ = ("_at", "_due", "_loop", "_on_expiry", "_outbox", "_timer")

    def __init__(self, loop: asyncio.AbstractEventLoop, on_expiry: Callable[[], None]) -> None:
        self._loop = loop
        self._outbox = Outbox.of(loop)
        self._on_expiry = on_expiry
        self._at = NEVER
        self._due = NEVER
        self._timer: asyncio.TimerHandle | None = None

    @property
    def at(self) -> float:
        """When it expires, by the loop's outbox."""
        return self._at

    def set_in(self, seconds: float) -> None:
        """Expire in `seconds` from now instead of the time set before."""
        at = self._at = self._outbox.time() + seconds
        if at < self._due:
            self._arm(at, seconds)

    def clear(self) -> None:
        """Do not expire until it is set again."""
        self._at = NEVER

    def cancel(self) -> None:
        """Never expire again, and stop the timer."""
        self._at = NEVER
        if self._timer is not None:
            self._timer.cancel()

    def _arm(self, at: float, seconds: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._due = at
        self._timer = self._loop.call_later(seconds, self._look)

    def _look(self) -> None:
        self._due = NEVER
        self._timer = None
        if self._at == NEVER:
            return
        left = self._at - self._outbox.time()
        if left > 0:
            self._arm(self._at, max(left, _SOONEST))
        else:
            self._at = NEVER
            self._on_expiry()
