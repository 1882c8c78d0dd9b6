"""The last rows of a table are shared out, as far as it is known how many they are."""

from __future__ import annotations

import pytest

from strangler_etl.run.pace import Pace


@pytest.mark.parametrize(
    ("rest", "lanes", "rows"),
    [
        (10_000_000, 2, 100_000),  # Nowhere near the end.
        (100_000, 2, 52_500),  # One chunk, or two halves with a little room.
        (180_000, 2, 94_500),
        (300_000, 4, 78_750),
        (100_000, 8, 25_000),  # The estimate may be of few rows that pass a filter.
        (10_000, 2, 100_000),
        (0, 2, 100_000),  # It was too low.
        (-5, 2, 100_000),
        (60_000, 1, 100_000),
    ],
)
def test_the_last_rows_are_shared_among_the_lanes(rest: int, lanes: int, rows: int) -> None:
    """No lane copies while another has nothing left."""
    assert Pace(100_000).sharing(rest, lanes).rows == rows
