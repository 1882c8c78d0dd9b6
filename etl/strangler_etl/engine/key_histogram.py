"""Where the keys of a large table lie, as its database knows without going through them."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class KeyHistogram:
    """Whole numbers that are keys: about equally many of the `rows` lie between two that follow each other in `bounds`.

    The bounds rise, and are two at least.
    """

    bounds: tuple[int, ...]
    rows: int

    def measures(self, rows: int) -> bool:
        """Whether `end` says where so many rows end, give or take as many; it does not see what lies between two."""
        return rows * (len(self.bounds) - 1) >= 2 * self.rows

    def end(self, after: int | None, rows: int) -> int | None:
        """About the last key of the next `rows` behind the key `after`; None where no more follow than these."""
        steps = len(self.bounds) - 1
        place = (0.0 if after is None else self._place(after)) + rows * steps / max(1, self.rows)
        step = int(place)
        if step >= steps:
            return None
        lower, upper = self.bounds[step : step + 2]
        found = lower + int((place - step) * (upper - lower))
        return found if after is None else max(found, after + 1)

    def _place(self, key: int) -> float:
        """How many steps lie before a key."""
        step = bisect_right(self.bounds, key) - 1
        if step < 0:
            return 0.0
        if step >= len(self.bounds) - 1:
            return float(len(self.bounds) - 1)
        lower, upper = self.bounds[step : step + 2]
        return step + (key - lower) / (upper - lower)
