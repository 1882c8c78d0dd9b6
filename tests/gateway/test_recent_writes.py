"""Who has written a moment ago."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from strangler_gateway.recent_writes import CAP_SECONDS, RecentWrites


class Clock:
    """A clock that moves when it is told to."""

    now = 1000.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


def write(writes: RecentWrites, *marks: bytes) -> None:
    """Note a whole write."""
    writes.begin(marks)
    writes.end(marks)


def test_a_write_pins_from_its_beginning_to_the_watermark() -> None:
    """A watermark from before its end changes nothing."""
    clock = Clock()
    writes = RecentWrites(clock)
    writes.begin([b"ann"])
    writes.applied(2000)
    assert writes.pinned([b"ann"])
    clock.now = 3000
    writes.end([b"ann"])
    assert writes.pinned([b"ann", b"other"])
    assert not writes.pinned([b"bob"])
    writes.applied(2999)
    assert writes.pinned([b"ann"])
    writes.applied(3000)
    assert not writes.pinned([b"ann"])
    assert writes.empty


def test_without_a_follower_a_pin_ends_by_itself() -> None:
    """Nobody is kept from a share for ever."""
    clock = Clock()
    writes = RecentWrites(clock)
    write(writes, b"ann")
    clock.now += CAP_SECONDS - 1
    assert writes.pinned([b"ann"])
    clock.now += 1
    assert not writes.pinned([b"ann"])


def test_memory_is_bounded_and_nobody_is_forgotten() -> None:
    """What does not fit any more pins everybody until it is applied."""
    clock = Clock()
    writes = RecentWrites(clock, most=2)
    for mark in (b"ann", b"bob", b"eve"):
        clock.now += 1
        write(writes, mark)
    assert len(writes) == 2
    assert writes.pinned([b"ann"])
    assert writes.pinned([b"stranger"])
    writes.applied(1001)
    assert not writes.pinned([b"ann"])
    assert writes.pinned([b"bob"])


def test_the_other_side_is_stale_for_everybody_once_its_follower_is_silent_for_as_long_as_a_pin() -> None:
    """No client misses its own write between the end of its pin and that moment."""
    clock = Clock()
    writes = RecentWrites(clock)
    writes.applied(clock.now)
    clock.now += 1
    write(writes, b"ann")
    clock.now += CAP_SECONDS - 1.01
    assert not writes.stale
    clock.now += 0.01
    assert writes.pinned([b"ann"])
    assert writes.stale
    clock.now += 1
    assert not writes.pinned([b"ann"])
    assert writes.stale
    writes.applied(clock.now)
    assert not writes.stale


def test_a_side_that_nobody_follows_is_never_stale() -> None:
    """A service may work on the database of the monolith; what another process knew, or an order, says who follows."""
    clock = Clock()
    writes, next_process = RecentWrites(clock), RecentWrites(clock)
    write(writes, b"ann")
    clock.now += 10 * CAP_SECONDS
    assert not writes.stale
    writes.expect(clock.now - CAP_SECONDS)
    assert writes.stale
    next_process.resume(writes.watermark)
    assert next_process.stale
    writes.expect_none()
    assert not writes.stale
    next_process.resume(writes.watermark)
    assert not next_process.stale


@given(st.lists(st.sampled_from(["write", "report", "second", "ten seconds"]), max_size=40))
def test_no_client_reads_its_own_write_where_it_is_missing(events: list[str]) -> None:
    """Whatever a follower does that has reported once, from its first report on."""
    clock = Clock()
    writes = RecentWrites(clock)
    writes.applied(clock.now)
    unapplied = False
    for event in events:
        clock.now += 0.01
        match event:
            case "write":
                write(writes, b"ann")
                unapplied = True
            case "report":
                writes.applied(clock.now)
                unapplied = False
            case "second":
                clock.now += 1
            case _:
                clock.now += 10
        assert writes.stale or writes.pinned([b"ann"]) or not unapplied
