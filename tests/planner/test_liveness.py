"""A follower lives when it goes on: that it was not far behind a moment ago does not say so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from strangler.model.authority import Side
from strangler.planner.liveness import alive_condition
from strangler.planner.readiness import followed
from strangler_etl.following.follower import apply_forward
from strangler_etl.records.streams import forward_stream, read_position
from tests.etl.copied_case import copied
from tests.etl.reviews_case import ReviewsCase


@dataclass
class Clock:
    """Time that passes where somebody waits; what others do meanwhile is `meanwhile`."""

    meanwhile: Callable[[], object]
    seconds: float = 0.0

    def now(self) -> float:
        """What has passed."""
        return self.seconds

    def wait(self, seconds: float) -> None:
        """Let others work."""
        self.seconds += seconds
        self.meanwhile()


def test_one_that_died_a_moment_ago_is_not_taken_for_alive(case: ReviewsCase) -> None:
    """It is less than ten seconds behind, which was all a cut-over asked for; its successor is waited for."""
    with copied(case, 1) as migration:
        assert followed(migration, Side.V2, "reviews").holds
        clock = Clock(lambda: None)
        dead = alive_condition(migration, clock)
        assert not dead.holds
        assert dead.found == "none has come any further for 10 s: what v2 writes would not go back to v1"
        assert dead.mend.startswith("start: strangler journal follow reviews")

        def follows() -> None:
            if clock.seconds > 15:
                apply_forward(migration.source, migration.target, migration.mapping)

        clock.meanwhile = follows
        # The position is written once in a second, where nothing changes.
        case.monolith.execute("UPDATE reviews_review SET rating = 4")
        assert alive_condition(migration, clock).holds
        assert 15 < clock.seconds < 16


def test_one_that_is_far_behind_or_has_never_run_is_not_waited_for(case: ReviewsCase) -> None:
    """The answer is known."""
    with copied(case, 1) as migration:
        table, stream = migration.target.own("stream_position"), forward_stream("reviews")
        migration.target.execute(f"UPDATE {table} SET read_at = read_at - 60 WHERE stream = '{stream}'")
        assert read_position(migration.target, stream).position is not None
        clock = Clock(lambda: None)
        assert alive_condition(migration, clock).found.startswith("none has run lately")
        assert clock.seconds == 0
