"""The distribution of a large table's keys, as the database knows it without reading them."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class KeyHistogram:
    """Whole-number keys: between two neighbouring `bounds` lie about equally many of the `rows`.

    `bounds` ascend, and there are at least two.
    """

    bounds: tuple[int, ...]
    rows: int

    def measures(self, rows: int) -> bool:
        """Whether `end` can place the end of so many rows within an error of as many; it cannot see between bounds."""
        return rows * (len(self.bounds) - 1) >= 2 * self.rows

    def end(self, after: int | None, rows: int) -> int | None:
        """About the last key of the next `rows` behind the key `after`; None where no more rows than these follow."""
        steps = len(self.bounds) - 1
        place = (0.0 if after is None else self._place(after)) + rows * steps / max(1, self.rows)
        step = int(place)
        if step >= steps:
            return None
        lower, upper = self.bounds[step : step + 2]
        found = lower + int((place - step) * (upper - lower))
        return found if after is None else max(found, after + 1)

    def _place(self, key: int) -> float:
        """How many bounds lie before a key, with the fraction of the step it is in."""
        step = bisect_right(self.bounds, key) - 1
        if step < 0:
            return 0.0
        if step >= len(self.bounds) - 1:
            return float(len(self.bounds) - 1)
        lower, upper = self.bounds[step : step + 2]
        return step + (key - lower) / (upper - lower)
