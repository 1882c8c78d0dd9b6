"""How many rows to take at once, so that a chunk takes about a second."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

_FEWEST = 100
_MOST = 500_000
_FASTEST_GROWTH = 16.0
_KNOWN_GROWTH = 3.0
_FASTEST_FALL = 0.25
_WORTH_SHARING = 10_000
_MOST_SHARED = 4
_WORTH_ENDING = 1.5
_SLACK = 1.05
"""A chunk that is a little too large costs less than one more chunk for rows that an estimate has missed."""


@dataclass(frozen=True, slots=True)
class Pace:
    """The number of rows of the next chunk, and how long it should take.

    `chunks` are planned in sequence from one snapshot: `most_chunks` as soon as their duration is known.
    """

    rows: int = 5_000
    seconds: float = 1.0
    chunks: int = 1
    most_chunks: int = 3

    def within(self, rows_per_second: float | None, lanes: int) -> Pace:
        """The pace at which `lanes` chunks side by side do not exceed the allowed rate."""
        if rows_per_second is None:
            return self
        rows = max(1, int(rows_per_second * self.seconds / lanes))
        return self if rows >= self.rows * self.chunks else replace(self, rows=min(rows, self.rows), chunks=1)

    def sharing(self, rest: int, lanes: int) -> Pace:
        """The pace at which the last `rest` rows of a table, as far as is known, keep all lanes busy to the end.

        Few rows stay together. Filtered rows count in a chunk but maybe not in `rest`, so no chunk becomes smaller than
        a quarter.
        """
        each = math.ceil(rest * _SLACK / lanes)
        if lanes == 1 or not _WORTH_SHARING < each < self.rows:
            return self
        return replace(self, rows=max(each, self.rows // _MOST_SHARED))

    def ending(self, rest: int) -> Pace:
        """The pace at which about `rest` rows form one chunk, where they are not much more than one anyway."""
        whole = math.ceil(rest * _SLACK) + 1
        return replace(self, rows=whole) if self.rows < whole <= self.rows * _WORTH_ENDING else self

    def after(self, seconds: float) -> Pace:
        """The pace after `chunks` chunks of this many rows took `seconds`."""
        each = max(seconds, 0.001) / self.chunks
        factor = min(max(self.seconds / each, _FASTEST_FALL), _FASTEST_GROWTH)
        fewest = min(self.rows, _FEWEST)
        chunks = self.most_chunks if _FASTEST_FALL < factor < _KNOWN_GROWTH else 1
        return Pace(min(max(round(self.rows * factor), fewest), _MOST), self.seconds, chunks, self.most_chunks)
