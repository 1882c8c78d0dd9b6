"""The circuit breaker."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, rule

from strangler_gateway.resilience.breaker import REFUSED, Breaker

SECONDS = 5.0


class Clock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


def opened(failures: int = 3) -> tuple[Breaker, Clock]:
    """Return a breaker that has just opened."""
    clock = Clock()
    breaker = Breaker(failures, SECONDS, clock)
    for _ in range(failures):
        breaker.failed(breaker.admit())
    return breaker, clock


def test_opens_after_failures_in_a_row() -> None:
    """A success in between begins the count anew."""
    breaker = Breaker(3, SECONDS, Clock())
    for _ in range(2):
        breaker.failed(breaker.admit())
    breaker.succeeded(breaker.admit())
    for _ in range(2):
        breaker.failed(breaker.admit())
    assert breaker.closed
    breaker.failed(breaker.admit())
    assert not breaker.closed
    assert breaker.admit() == REFUSED
    assert breaker.seconds_left == SECONDS


def test_probe_that_succeeds_closes_it() -> None:
    """Half-open lets one request through."""
    breaker, clock = opened()
    clock.now += SECONDS
    probe = breaker.admit()
    assert probe
    assert breaker.admit() == REFUSED
    breaker.succeeded(probe)
    assert breaker.closed
    assert breaker.admit()


def test_probe_that_fails_opens_it_again() -> None:
    """One failure is enough."""
    breaker, clock = opened()
    clock.now += SECONDS
    breaker.failed(breaker.admit())
    assert breaker.admit() == REFUSED
    assert breaker.seconds_left == SECONDS


def test_probe_whose_client_left_makes_room_for_another() -> None:
    """A probe nothing is heard of does not keep the breaker open for ever."""
    breaker, clock = opened()
    clock.now += SECONDS
    breaker.abandoned(breaker.admit())
    assert breaker.admit()


def test_answers_from_before_it_opened_do_not_close_it() -> None:
    """What was sent while it was closed tells nothing about now."""
    clock = Clock()
    breaker = Breaker(1, SECONDS, clock)
    early, late = breaker.admit(), breaker.admit()
    breaker.failed(late)
    clock.now += SECONDS
    probe = breaker.admit()
    breaker.succeeded(early)
    assert not breaker.closed
    breaker.failed(probe)
    assert breaker.seconds_left == SECONDS


def test_without_failures_it_stays_closed() -> None:
    """0 switches it off."""
    breaker = Breaker(0, SECONDS, Clock())
    for _ in range(100):
        breaker.failed(breaker.admit())
    assert breaker.closed


class ManyRequests(RuleBasedStateMachine):
    """Requests come and go in any order: at most one is on its way through a breaker that is not closed."""

    passes = Bundle("passes")

    @initialize(failures=st.integers(1, 4))
    def begin(self, failures: int) -> None:
        """Make a breaker."""
        self.clock = Clock()
        self.breaker = Breaker(failures, SECONDS, self.clock)
        self.probes: set[int] = set()

    @rule(target=passes)
    def arrive(self) -> int:
        """Ask whether a request may go."""
        closed = self.breaker.closed
        admitted = self.breaker.admit()
        if closed:
            assert admitted
        elif admitted:
            assert self.clock.now >= self.opened_until
            self.probes.add(admitted)
        return admitted

    @rule(admitted=consumes(passes), result=st.sampled_from(("succeeded", "failed", "abandoned")))
    def end(self, admitted: int, result: str) -> None:
        """Tell how any request went, those that were refused too."""
        before = self.breaker.closed
        was_probe = admitted in self.probes
        match result:
            case "succeeded":
                self.breaker.succeeded(admitted)
            case "failed":
                self.breaker.failed(admitted)
            case _:
                self.breaker.abandoned(admitted)
        self.probes.discard(admitted)
        if was_probe and result == "succeeded":
            assert self.breaker.closed
        elif not before:
            assert not self.breaker.closed
        if not self.breaker.closed and (before or (was_probe and result == "failed")):
            self.opened_until = self.clock.now + SECONDS

    @rule(seconds=st.floats(0, SECONDS))
    def pass_time(self, seconds: float) -> None:
        """Move the clock."""
        self.clock.now += seconds

    @invariant()
    def at_most_one_probe(self) -> None:
        """The promise."""
        assert len(self.probes) <= 1


TestManyRequests = ManyRequests.TestCase
