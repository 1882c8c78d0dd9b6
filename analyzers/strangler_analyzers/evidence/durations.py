"""Percentiles of many durations in constant memory."""

from __future__ import annotations

import math
from collections import Counter

_GROWTH = math.log(1.02)
_LEAST = 0.001


class Durations:
    """Counts durations in milliseconds, in buckets that grow by 2 %, so that percentiles are accurate to 1 %."""

    def __init__(self) -> None:
        self._buckets: Counter[int] = Counter()

    def add(self, milliseconds: float) -> None:
        """Count one duration; ignore invalid ones, since logs contain NaN and figures with hundreds of digits."""
        if not math.isfinite(milliseconds):
            return
        self._buckets[round(math.log(max(milliseconds, _LEAST)) / _GROWTH)] += 1

    def percentile(self, share: float) -> float | None:
        """The duration that `share` (0 to 1) of all do not exceed, to three digits; None if there are none."""
        rank = math.ceil(share * self._buckets.total())
        for bucket in sorted(self._buckets):
            rank -= self._buckets[bucket]
            if rank <= 0:
                return float(f"{math.exp(bucket * _GROWTH):.3g}")
        return None
