"""A run is as slow as it was told, and follows when it is told something else."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strangler.model.progress import SilentProgress
from strangler_etl.copying.backfill import backfill
from strangler_etl.run.pace import Pace
from strangler_etl.run.rate import Rate, RateUnit
from strangler_etl.run.settings import RunSettings
from strangler_etl.run.throttle import Throttle, read_rate, write_rate
from tests.etl.copied_case import seed_reviews, verified
from tests.etl.reviews_case import ReviewsCase


class _Time:
    """Passes while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@given(
    rate=st.floats(200, 1e6),
    chunks=st.lists(st.tuples(st.integers(1, 10_000), st.floats(0, 3)), min_size=1, max_size=8),
)
def test_no_more_than_is_allowed(rate: float, chunks: list[tuple[int, float]]) -> None:
    """Whatever comes how fast: what was copied before the last chunk fits the time, but for a second saved before."""
    time = _Time()
    throttle = Throttle(lambda: Rate(rate, RateUnit.ROWS), time, time.sleep)
    rows = 0
    for count, seconds in chunks:
        throttle.wait()
        assert rows <= rate * (time.now - 1_000 + 1.002)
        time.now += seconds
        throttle.count(count, RateUnit.ROWS)
        rows += count


def test_who_keeps_pace_does_not_wait() -> None:
    """The time a chunk takes counts: a limit that is not reached costs nothing."""
    time = _Time()
    throttle = Throttle(lambda: Rate(100, RateUnit.ROWS), time, time.sleep)
    for _ in range(10):
        time.now += 1
        throttle.count(100, RateUnit.ROWS)
        throttle.count(1_000_000, RateUnit.BYTES)
        throttle.wait()
    assert time.now == 1_010


def test_a_wait_ends_when_the_rate_is_raised() -> None:
    """Nobody waits an hour for what was forbidden an hour ago."""
    time = _Time()
    throttle = Throttle(lambda: Rate(1 if time.now < 1_005 else 1e6, RateUnit.ROWS), time, time.sleep)
    throttle.count(3_600, RateUnit.ROWS)
    assert throttle.overdue
    throttle.wait()
    assert 1_005 <= time.now < 1_006
    assert not throttle.overdue


def _throttled(time: _Time) -> Callable[[Callable[[], Rate | None]], Throttle]:
    return lambda read: Throttle(read, time, time.sleep)


@pytest.mark.parametrize("written", [Rate(10, RateUnit.ROWS), Rate(200, RateUnit.BYTES)], ids=["rows", "bytes"])
@pytest.mark.parametrize("jobs", [1, 2])
def test_a_throttled_run_takes_its_time(case: ReviewsCase, written: Rate, jobs: int) -> None:
    """Two tables of 60 rows and some bytes; it is complete, and nothing was done in one go."""
    seed_reviews(case, 60)
    time = _Time()
    with case.migration() as migration:
        migration.install()
        write_rate(migration.target, "reviews", written)
        assert read_rate(migration.target, "reviews") == written
        backfill(migration, SilentProgress(), RunSettings(jobs=jobs, throttle=_throttled(time)))
        assert verified(migration).clean
    assert 8 < time.now - 1_000 < 60


def test_the_rate_is_changed_while_it_runs(case: ReviewsCase) -> None:
    """By another connection; the run follows at the next look."""
    seed_reviews(case, 60)
    time = _Time()

    class Impatient(_Time):
        """Lets somebody lift the limit after five seconds."""

        def sleep(self, seconds: float) -> None:
            super().sleep(seconds)
            if self.now >= 1_005:
                write_rate(other.target, "reviews", None)

    time = Impatient()
    with case.migration() as migration, case.migration() as other:
        migration.install()
        write_rate(migration.target, "reviews", Rate(1, RateUnit.ROWS))
        backfill(migration, SilentProgress(), RunSettings(Pace(20), throttle=_throttled(time)))
        assert read_rate(migration.target, "reviews") is None
        assert verified(migration).clean
    assert 1_005 <= time.now < 1_007
