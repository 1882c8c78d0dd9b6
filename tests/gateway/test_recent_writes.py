"""Who has written a moment ago."""

from __future__ import annotations

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
