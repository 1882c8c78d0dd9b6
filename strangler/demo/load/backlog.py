"""How many requests may wait: as many as were answered lately, and no more."""

from __future__ import annotations

from collections import deque

SECONDS = 3.0
FEWEST = 64
"""So many may always wait."""


class Backlog:
    """Tells a server that stands still for a moment from one that is given more than it can do.

    Every request that is due in a pause is sent, and waits. Behind those that take `SECONDS` to answer nobody stands in
    line: what is answered by then only says how long the line is. Times are seconds of one monotonic clock; a load that
    has just begun is believed to be answered at its `rate`, requests a second.
    """

    def __init__(self, rate: float, begun: float) -> None:
        self._rate = rate
        self._begun = begun
        self._answered: deque[float] = deque()
        self._waiting = 0

    def admits(self, now: float) -> bool:
        """Whether one more request may wait for its answer; if so, it does."""
        while self._answered and now - self._answered[0] > SECONDS:
            self._answered.popleft()
        believed = self._rate * max(0.0, SECONDS - (now - self._begun))
        if self._waiting >= max(FEWEST, len(self._answered) + believed):
            return False
        self._waiting += 1
        return True

    def answered(self, now: float) -> None:
        """Count that one of those who wait does not any more."""
        self._waiting -= 1
        self._answered.append(now)
