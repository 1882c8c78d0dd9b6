"""A circuit breaker: after failures in a row nothing is sent for a while, then one request finds out.

Nygard, Release It!, chapter "Stability Patterns". Everything here is synchronous, so between asking and being told
nothing else runs in an event loop: that is what makes the probe the only one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

REFUSED: Final = 0
"""The pass of a request that may not go."""


class Breaker:
    """Closed until `failures` in a row, then open for `seconds`, then half-open for exactly one probe.

    A request that goes has a pass. What is heard of a pass from before the breaker last changed tells nothing about now
    and is not counted. `clock` is in seconds and never goes back. With no `failures` it stays closed.
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
        """Whether everything goes."""
        return self._open_until is None

    @property
    def seconds_left(self) -> float:
        """How long until a probe may go, 0 when one may go now or nothing is in the way."""
        if self._open_until is None:
            return 0.0
        return max(self._open_until - self._clock(), 0.0)

    def admit(self) -> int:
        """Return the pass of a request that may go, `REFUSED` otherwise."""
        if self._open_until is None:
            return self._pass
        if self._probe or self._clock() < self._open_until:
            return REFUSED
        self._pass += 1
        self._probe = self._pass
        return self._probe

    def succeeded(self, admitted: int) -> None:
        """Take note that a request was answered."""
        if admitted != self._pass:
            return
        self._failures = 0
        if self._probe:
            self._probe = REFUSED
            self._open_until = None
            self._pass += 1

    def failed(self, admitted: int) -> None:
        """Take note that a request failed."""
        if admitted != self._pass:
            return
        self._failures += 1
        if self._probe or 0 < self._most <= self._failures:
            self._open()

    def abandoned(self, admitted: int) -> None:
        """Take note that nothing will be heard of a request: where it was the probe, the next one may go."""
        if admitted == self._probe and admitted == self._pass:
            self._probe = REFUSED

    def _open(self) -> None:
        self._probe = REFUSED
        self._failures = 0
        self._open_until = self._clock() + self._seconds
        self._pass += 1
        self.openings += 1
