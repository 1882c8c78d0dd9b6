"""Clients that wrote a moment ago and must read their own writes.

A client that has sent a write reads from the authority until the follower has applied everything up to the end of
that write to the other side, or `CAP_SECONDS` have passed. All times are by the gateway's monotonic clock: the follower
returns a time that it was told before it began to read, so no clock of another host is involved. Memory is bounded.
Clients beyond `MOST_CLIENTS` are not forgotten: the oldest are merged into one point in time, and until that is applied
every client counts as a writer.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable

CAP_SECONDS = 60.0
MOST_CLIENTS = 50_000


class RecentWrites:
    """The recent writes of one service; `clock` is in seconds and never goes back."""

    def __init__(self, clock: Callable[[], float], most: int = MOST_CLIENTS) -> None:
        self._clock = clock
        self._most = most
        self._running: dict[bytes, int] = {}
        self._ended: OrderedDict[bytes, float] = OrderedDict()
        self._everybody_until = 0.0
        self.applied_through = 0.0

    def __len__(self) -> int:
        return len(self._ended)

    def begin(self, marks: Iterable[bytes]) -> None:
        """Note that a client's write is in flight."""
        for mark in marks:
            self._running[mark] = self._running.get(mark, 0) + 1

    def end(self, marks: Iterable[bytes]) -> None:
        """Note that a client's write was answered, or never will be."""
        now = self._clock()
        self._prune(now)
        for mark in marks:
            left = self._running[mark] - 1
            if left:
                self._running[mark] = left
            else:
                del self._running[mark]
            self._ended[mark] = now
            self._ended.move_to_end(mark)
        while len(self._ended) > self._most:
            self._everybody_until = max(self._everybody_until, self._ended.popitem(last=False)[1])

    def everybody(self, seconds: float = 0.0) -> None:
        """Assume that any client may have written until `seconds` from now, through another process."""
        self._everybody_until = self._clock() + seconds

    def pinned(self, marks: Iterable[bytes]) -> bool:
        """Whether the client's last write may not have reached the other side yet."""
        now = self._clock()
        return self._open(self._everybody_until, now) or any(
            mark in self._running or self._open(self._ended.get(mark, 0.0), now) for mark in marks
        )

    @property
    def empty(self) -> bool:
        """Whether no client can be pinned; a cheap check that may be False although no client is."""
        return not (self._ended or self._running or self._everybody_until)

    def applied(self, through: float) -> None:
        """Note what the follower reports: everything committed until `through`, by our clock, is on the other side."""
        self.applied_through = max(self.applied_through, through)
        self._prune(self._clock())

    def _open(self, ended: float, now: float) -> bool:
        return ended > self.applied_through and ended > now - CAP_SECONDS

    def _prune(self, now: float) -> None:
        while self._ended and not self._open(next(iter(self._ended.values())), now):
            self._ended.popitem(last=False)
        if not self._open(self._everybody_until, now):
            self._everybody_until = 0.0
