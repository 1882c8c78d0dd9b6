"""A circuit breaker: after several failures in a row it sends nothing for a while, then one request as a probe.

Nygard, Release It!, chapter "Stability Patterns". All methods are synchronous, so nothing else runs in the event loop
while one admits a request; this guarantees that there is only one probe at a time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

REFUSED: Final = 0
"""The pass of a request that must not be sent."""


class Breaker:
    """Closed until `failures` in a row, then open for `seconds`, then half-open for exactly one probe.

    Each admitted request gets a pass, the number of the breaker's present state. The outcome of a request with a pass
    from before the last change of state says nothing about the present and is ignored. `clock` is monotonic, in
    seconds. With `failures` 0 the breaker stays closed.
    """

    __slots__ = ("_clock", "_failures", "_most", "_open_until", "_pass", "_probe", "_seconds", "openings")

    def __init__(self, failures: int, seconds: float, clock: Callable[[], float]) -> None:
        self._most = failures
        self._seconds = seconds
        self._clock = clock
        self._failures = 0
        self._pass = 1
        self._probe = REFUSED
        self._open_until: float | None = None
        self.openings = 0

    @property
    def closed(self) -> bool:
        """Whether every request may be sent."""
        return self._open_until is None

    @property
    def seconds_left(self) -> float:
        """Seconds until a probe may be sent, 0 when one may be sent now or the breaker is closed."""
        if self._open_until is None:
            return 0.0
        return max(self._open_until - self._clock(), 0.0)

    def admit(self) -> int:
        """Return the pass of a request that may be sent, `REFUSED` otherwise."""
        if self._open_until is None:
            return self._pass
        if self._probe or self._clock() < self._open_until:
            return REFUSED
        self._pass += 1
        self._probe = self._pass
        return self._probe

    def succeeded(self, admitted: int) -> None:
        """Record that a request was answered."""
        if admitted != self._pass:
            return
        self._failures = 0
        if self._probe:
            self._probe = REFUSED
            self._open_until = None
            self._pass += 1

    def failed(self, admitted: int) -> None:
        """Record that a request failed."""
        if admitted != self._pass:
            return
        self._failures += 1
        if self._probe or 0 < self._most <= self._failures:
            self._open()

    def abandoned(self, admitted: int) -> None:
        """Record that a request will have no outcome: if it was the probe, the next request may be one."""
        if admitted == self._probe and admitted == self._pass:
            self._probe = REFUSED

    def _open(self) -> None:
        self._probe = REFUSED
        self._failures = 0
        self._open_until = self._clock() + self._seconds
        self._pass += 1
        self.openings += 1
