"""How many rows to take at once, so that a chunk takes about a second."""

from __future__ import annotations

from dataclasses import dataclass

_FEWEST = 100
_MOST = 500_000
_FASTEST_GROWTH = 4.0
_FASTEST_FALL = 0.25


@dataclass(frozen=True, slots=True)
class Pace:
    """The number of rows of the next chunk, and how long it should take."""

    rows: int = 2_000
    seconds: float = 1.0

    def after(self, seconds: float) -> Pace:
        """The pace after a chunk of this many rows took `seconds`."""
        factor = min(max(self.seconds / max(seconds, 0.001), _FASTEST_FALL), _FASTEST_GROWTH)
        fewest = min(self.rows, _FEWEST)
        return Pace(min(max(round(self.rows * factor), fewest), _MOST), self.seconds)
