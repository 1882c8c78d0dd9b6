"""Bounds the number of waiting requests by the number answered lately."""

from __future__ import annotations

from collections import deque

SECONDS = 3.0
FEWEST = 64
"""This many requests may always wait."""


class Backlog:
    """Distinguishes a server that pauses for a moment from one that is overloaded.

    Every request that is due during a pause is sent, and waits. No request queues behind more than the server answers
    in `SECONDS`: its latency would only measure the queue. Times are seconds of one monotonic clock. A load that has
    just begun is assumed to be answered at its `rate`, in requests per second.
    """

    def __init__(self, rate: float, begun: float) -> None:
        self._rate = rate
        self._begun = begun
        self._answered: deque[float] = deque()
        self._waiting = 0

    def admits(self, now: float) -> bool:
        """Whether one more request may wait for its answer; if so, it is counted as waiting."""
        while self._answered and now - self._answered[0] > SECONDS:
            self._answered.popleft()
        believed = self._rate * max(0.0, SECONDS - (now - self._begun))
        if self._waiting >= max(FEWEST, len(self._answered) + believed):
            return False
        self._waiting += 1
        return True

    def answered(self, now: float) -> None:
        """Count a waiting request as answered."""
        self._waiting -= 1
        self._answered.append(now)
