"""Comparing the clocks of two hosts, each of which is asked and answers after a while.

The method is that of Cristian (1989): whatever the time of the way, a clock was read between question and answer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ClockReading:
    """A clock that has `shown` a time, at some moment from `before` to `after` by the clock of this machine.

    All are in seconds since 1970. The clock may have been up to `coarse` seconds later than it showed.
    """

    shown: float
    before: float
    after: float
    coarse: float = 0.0


@dataclass(frozen=True, slots=True)
class ClockDifference:
    """How many seconds one clock is ahead of another: from `least` to `most`, which are negative for one behind."""

    least: float
    most: float

    @property
    def estimate(self) -> float:
        """The middle of what is possible."""
        return (self.least + self.most) / 2

    @property
    def uncertainty(self) -> float:
        """By how much the estimate may be wrong, in either direction."""
        return (self.most - self.least) / 2

    def exceeds(self, bound: float) -> bool:
        """Whether the clocks differ by more than `bound`, however long the answers took."""
        return self.least > bound or self.most < -bound

    def __str__(self) -> str:
        """The difference with its uncertainty, as in ``182.0 s (± 0.5 s) behind``."""
        direction = "ahead of" if self.estimate > 0 else "behind"
        return f"{abs(self.estimate):.1f} s (± {self.uncertainty:.1f} s) {direction}"


def own_reading(now: Callable[[], float]) -> ClockReading:
    """Read the clock of this machine."""
    moment = now()
    return ClockReading(moment, moment, moment)


def read_clock(theirs: Callable[[], float], now: Callable[[], float]) -> ClockReading:
    """Read another clock; `now` is that of this machine."""
    before = now()
    shown = theirs()
    return ClockReading(shown, before, now())


def clock_difference(one: ClockReading, other: ClockReading) -> ClockDifference:
    """How far the clock of `one` is ahead of that of `other`, which may have been read at another time."""
    first, second = _of_machine(one), _of_machine(other)
    return ClockDifference(first.least - second.most, first.most - second.least)


def _of_machine(reading: ClockReading) -> ClockDifference:
    """How far a clock is ahead of this machine's."""
    return ClockDifference(reading.shown - reading.after, reading.shown + reading.coarse - reading.before)
