"""What each table contributes to the next wave: chunks for all lanes, for a few seconds, within the allowed rate."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from strangler_etl.run.pace import Pace
from strangler_etl.run.rate import Rate, RateUnit

_CAUTIOUS_ROWS = 50_000
_CAUTIOUS_BYTES = 10_000_000
"""How many bytes a second a lane is assumed to copy of a table of which nothing was copied yet."""
_WORTH_BEGINNING = 0.05
"""The least share of a wave for which another table is begun: smaller chunks, or chunks that end late, cost more."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A table with about `rest` rows of `row_bytes` each still to be copied, in chunks of its own `pace`.

    `speed` is how many rows a lane copies in a second; None until that is known.
    """

    name: str
    pace: Pace
    rest: int
    row_bytes: float
    speed: float | None = None

    @property
    def row_seconds(self) -> float:
        """How long a lane needs for a row."""
        if self.speed is not None:
            return 1 / self.speed
        return max(1 / _CAUTIOUS_ROWS, self.row_bytes / _CAUTIOUS_BYTES)


@dataclass(frozen=True, slots=True)
class Portion:
    """The next chunks of a table: `most` of them, of as many rows as its `pace` says, for about `seconds` each."""

    name: str
    pace: Pace
    most: int
    seconds: float


def portions(waiting: Sequence[Waiting], lanes: int, rate: Rate | None) -> tuple[Portion, ...]:
    """Divide a wave among tables in their order: as many as keep all lanes busy, and at least one chunk of the first.

    A wave takes as long as the consecutive chunks of one table; all chunks of the wave together stay within the `rate`.
    The largest chunks come first, so that no lane is left with one at the end.
    """
    chosen: list[Portion] = []
    seconds = whole = max((one.pace.seconds * one.pace.most_chunks for one in waiting), default=0.0) * lanes
    units = rate.amount * waiting[0].pace.seconds if rate is not None and waiting else math.inf
    for one in waiting:
        each = one.row_bytes if rate is not None and rate.unit is RateUnit.BYTES else 1.0
        if chosen and (seconds < _WORTH_BEGINNING * whole or units < max(each, 1.0)):
            break
        # A table that is slowed down by the rate takes no more rows than that.
        pace = (one.pace.ending(one.rest) if rate is None else one.pace).sharing(one.rest, lanes)
        if rate is not None:
            pace = pace.within(units / max(each, 1.0) / pace.seconds, lanes)
        most = lanes * pace.chunks
        chunk_seconds = pace.rows * one.row_seconds
        if chosen:
            most = max(1, min(most, round(seconds / chunk_seconds)))
        rows = max(1, min(one.rest, most * pace.rows))
        seconds -= rows * one.row_seconds
        units -= rows * each
        chosen.append(Portion(one.name, pace, most, min(rows, pace.rows) * one.row_seconds))
    return tuple(sorted(chosen, key=lambda portion: -portion.seconds))
