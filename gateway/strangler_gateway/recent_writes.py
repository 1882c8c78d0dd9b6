"""Clients that wrote a moment ago and must read their own writes, and sides that are stale for everybody.

A client that has sent a write reads from the authority until the follower has applied everything up to the end of
that write to the other side, or `CAP_SECONDS` have passed. Once a follower has reported, its silence for as long means
that the other side is stale: then all clients read from the authority, until it reports again.

All times are by the gateway's monotonic clock: the follower returns a time that it was told before it began to read, so
no clock of another host is involved. Memory is bounded. Clients beyond `MOST_CLIENTS` are not forgotten: the oldest are
merged into one point in time, and until that is applied every client counts as a writer.
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
        self.complete_at = 0.0
        """When the other side was last known to lack nothing, or to have a follower; 0 while nobody follows."""

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
    def stale(self) -> bool:
        """Whether a follower reported once, and the other side may lack what is older than any pin."""
        return 0 < self.complete_at <= self._clock() - CAP_SECONDS

    @property
    def empty(self) -> bool:
        """Whether no client can be pinned; a cheap check that may be False although no client is."""
        return not (self._ended or self._running or self._everybody_until)

    def applied(self, through: float) -> None:
        """Note what the follower reports: everything committed until `through`, by our clock, is on the other side."""
        self.applied_through = max(self.applied_through, through)
        self.complete_at = max(self.complete_at, through)
        self._prune(self._clock())

    @property
    def watermark(self) -> tuple[float, float]:
        """`applied_through` and `complete_at`, for another process of this gateway."""
        return self.applied_through, self.complete_at

    def resume(self, watermark: tuple[float, float]) -> None:
        """Go on where another process of this gateway is."""
        self.applied_through, self.complete_at = watermark

    def expect(self, since: float) -> None:
        """Expect a follower's reports from `since` on, by our clock: there was one before this process."""
        self.complete_at = max(self.complete_at, since)

    def expect_none(self) -> None:
        """Expect no follower until one reports."""
        self.complete_at = 0.0

    def _open(self, ended: float, now: float) -> bool:
        return ended > self.applied_through and ended > now - CAP_SECONDS

    def _prune(self, now: float) -> None:
        while self._ended and not self._open(next(iter(self._ended.values())), now):
            self._ended.popitem(last=False)
        if not self._open(self._everybody_until, now):
            self._everybody_until = 0.0
