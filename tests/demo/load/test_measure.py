"""Percentiles and counts."""

from __future__ import annotations

from collections import Counter

import pytest

from strangler.demo.load.measure import Kind, Measures, percentile


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [
        ([], 0.99, 0.0),
        ([3.0], 0.5, 3.0),
        ([1.0, 2.0, 3.0, 4.0], 0.5, 2.0),
        ([float(n) for n in range(1, 101)], 0.99, 99.0),
    ],
)
def test_a_percentile_is_a_value_that_was_measured(values: list[float], share: float, expected: float) -> None:
    """Nearest rank: no interpolation."""
    assert percentile(values, share) == expected


def test_a_summary_counts_by_kind_and_by_second() -> None:
    """Latencies are in milliseconds, seconds are those the requests were due in."""
    measures = Measures(begun=100.0)
    measures.offer(100.0, 100.002)
    measures.count(Kind.READ, 100.0, 100.010, None)
    measures.count(Kind.WRITE, 101.5, 103.0, "status 502")
    summary = measures.summary(104.0, 1_700_000_000.0, Counter({"unknown": 1}))
    assert (summary.reads.sent, summary.reads.p50, summary.reads.failed) == (1, 10.0, 0)
    assert (summary.writes.longest, summary.writes.failed, summary.failures) == (1500.0, 1, {"write: status 502": 1})
    assert [(second.second, second.sent, second.failed) for second in summary.timeline] == [(0, 1, 0), (1, 1, 1)]
    assert (summary.late, summary.unknown) == (2.0, 1)


def test_a_pulse_tells_what_happened_since_the_last_one() -> None:
    """The totals go on, the recent figures begin anew."""
    measures = Measures(begun=0.0)
    measures.count(Kind.WRITE, 0.0, 0.5, None)
    first = measures.pulse(1.0, acknowledged=1)
    measures.count(Kind.READ, 1.0, 1.004, None)
    second = measures.pulse(2.0, acknowledged=1)
    assert (first.sent, first.recent.sent, first.recent.p50) == (1, 1, 500.0)
    assert (second.sent, second.recent.sent, second.recent.p50, second.longest_write) == (2, 1, 4.0, 500.0)
