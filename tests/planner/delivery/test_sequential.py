"""Bounds that hold at every look at once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strangler.planner.delivery.sequential import confidence

ALPHAS = st.floats(1e-6, 0.5)


@given(st.integers(0, 10_000), st.integers(0, 10_000), ALPHAS)
def test_what_was_found_is_inside(events: int, others: int, alpha: float) -> None:
    """And the bounds are those of a probability."""
    trials = events + others
    found = confidence(events, trials, alpha)
    assert 0 <= found.low <= found.high <= 1
    if trials:
        assert found.low <= events / trials <= found.high


@given(st.integers(0, 1000), st.integers(1, 1000), ALPHAS)
def test_events_and_others_are_alike(events: int, others: int, alpha: float) -> None:
    """Counting what does not happen says the same."""
    found = confidence(events, events + others, alpha)
    other = confidence(others, events + others, alpha)
    assert found.low == pytest.approx(1 - other.high, abs=1e-9)
    assert found.high == pytest.approx(1 - other.low, abs=1e-9)


@given(st.integers(0, 50), st.integers(1, 50), st.floats(1e-4, 0.3))
def test_being_surer_takes_wider_bounds_and_more_evidence_narrower_ones(events: int, others: int, alpha: float) -> None:
    """For the same share of events."""
    found = confidence(events, events + others, alpha)
    surer = confidence(events, events + others, alpha / 2)
    assert surer.low <= found.low + 1e-9
    assert surer.high >= found.high - 1e-9
    more = confidence(events * 10, (events + others) * 10, alpha)
    assert more.high - more.low <= found.high - found.low + 1e-9


def test_nothing_is_known_of_nothing() -> None:
    """The probability may be anything."""
    assert confidence(0, 0, 0.05).high == 1


@pytest.mark.parametrize("p", [0.001, 0.02, 0.3])
def test_the_truth_stays_inside_at_all_looks_together(p: float) -> None:
    """Of all that may happen in 100 trials, looked at after each, no more leaves the bounds than may, exactly."""
    alpha = 0.05
    inside, escaped = {0: 1.0}, 0.0
    for trials in range(1, 101):
        following: dict[int, float] = {}
        for events, weight in inside.items():
            following[events + 1] = following.get(events + 1, 0.0) + weight * p
            following[events] = following.get(events, 0.0) + weight * (1 - p)
        inside = {}
        for events, weight in following.items():
            found = confidence(events, trials, alpha)
            if found.low <= p <= found.high:
                inside[events] = weight
            else:
                escaped += weight
    assert escaped <= alpha
    assert escaped + sum(inside.values()) == pytest.approx(1)
