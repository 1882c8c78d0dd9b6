"""Two clocks that are read across a network."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from strangler.model.clock import ClockReading, clock_difference, own_reading, read_clock

MOMENTS = st.floats(0, 1e6)
OFFSETS = st.floats(-1e4, 1e4)
WAYS = st.floats(0, 100)
PARTS = st.floats(0, 1)
ROUNDING = 1e-6


def reading(offset: float, asked: float, way: float, part: float, coarse: float = 0.0) -> ClockReading:
    """What a clock that is `offset` ahead shows when asked at `asked`, read after `part` of the `way`."""
    shown = asked + way * part + offset
    return ClockReading(shown - coarse * part, asked, asked + way, coarse)


@st.composite
def readings(draw: st.DrawFn) -> tuple[float, ClockReading]:
    """How far a clock is ahead, and how it was read."""
    offset = draw(OFFSETS)
    return offset, reading(offset, draw(MOMENTS), draw(WAYS), draw(PARTS), draw(st.floats(0, 2)))


@given(readings(), readings())
def test_the_true_difference_is_within_what_is_said(
    one: tuple[float, ClockReading], other: tuple[float, ClockReading]
) -> None:
    """Whenever each was asked, however long the answers took, and when in between the clock was read."""
    true, difference = one[0] - other[0], clock_difference(one[1], other[1])
    assert difference.least - ROUNDING <= true <= difference.most + ROUNDING
    assert abs(difference.estimate - true) <= difference.uncertainty + ROUNDING


@given(OFFSETS, MOMENTS, WAYS, PARTS, st.floats(0, 1e4))
def test_no_difference_is_reported_that_may_not_be_one(
    offset: float, asked: float, way: float, part: float, bound: float
) -> None:
    """A slow answer makes no clock wrong."""
    difference = clock_difference(reading(offset, asked, way, part), ClockReading(asked, asked, asked))
    if abs(offset) <= bound - ROUNDING:
        assert not difference.exceeds(bound)
    if abs(offset) > bound + way + ROUNDING:
        assert difference.exceeds(bound)


@given(OFFSETS, OFFSETS, MOMENTS, WAYS, PARTS)
def test_the_order_of_two_clocks_only_changes_the_sign(
    one: float, other: float, asked: float, way: float, part: float
) -> None:
    """What is said of one against the other holds the other way round."""
    here, there = reading(one, asked, way, part), reading(other, asked, way, part)
    forth, back = clock_difference(here, there), clock_difference(there, here)
    assert (forth.least, forth.most) == (-back.most, -back.least)


def test_a_difference_is_told_with_its_uncertainty() -> None:
    """The question took a second."""
    moments = iter([1000.0, 1001.0, 1001.0])
    difference = clock_difference(read_clock(lambda: 820.5, lambda: next(moments)), own_reading(lambda: next(moments)))
    assert str(difference) == "180.0 s (± 0.5 s) behind"
