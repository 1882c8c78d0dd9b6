"""Who may wait for an answer: all that are due in a pause, and none behind a line of seconds."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from strangler.demo.load.backlog import FEWEST, SECONDS, Backlog


def test_all_that_are_due_in_a_pause_wait() -> None:
    """A cut-over holds writes for less than a second."""
    backlog = Backlog(400.0, 0.0)
    for number in range(4_000):
        assert backlog.admits(number / 400)
        backlog.answered(number / 400)
    assert sum(backlog.admits(10 + number / 400) for number in range(400)) == 400


def test_a_load_that_was_never_answered_ends_in_a_line_of_a_few() -> None:
    """What comes when as many wait as are answered in `SECONDS` is never sent."""
    backlog = Backlog(400.0, 0.0)
    assert SECONDS * 400 / 2 <= sum(backlog.admits(number / 400) for number in range(40_000)) <= SECONDS * 400


@given(st.floats(1, 500), st.lists(st.tuples(st.floats(0, 2), st.booleans()), max_size=200))
def test_the_line_is_no_longer_than_what_was_answered_lately(rate: float, steps: list[tuple[float, bool]]) -> None:
    """At any time, whatever is answered when."""
    backlog, now, waiting, answered = Backlog(rate, 0.0), 0.0, 0, list[float]()
    for wait, answers in steps:
        now += wait
        if answers and waiting:
            backlog.answered(now)
            answered.append(now)
            waiting -= 1
        lately = sum(now - then <= SECONDS for then in answered) + rate * max(0.0, SECONDS - now)
        admitted = backlog.admits(now)
        assert admitted == (waiting < max(FEWEST, lately))
        waiting += admitted
