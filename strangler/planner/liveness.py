"""Whether a follower is alive: its records alone do not show it, since it may have died after writing them."""

from __future__ import annotations

from strangler.planner.order_retry import Timer
from strangler.planner.readiness import FOLLOWER_SECONDS, Condition
from strangler_etl.migration import Migration
from strangler_etl.records.streams import forward_stream, read_position

NAME = "follower lives"
_LOOK_SECONDS = 0.1


def alive_condition(migration: Migration, timer: Timer) -> Condition:
    """Whether a follower brings v2 to a state of v1 that is later than this call; waits until one has.

    A live follower does so about once a second, even where nothing is written. The call waits as long as a follower may
    be behind; where it is further behind already, or has never run, it does not wait.
    """
    stream = forward_stream(migration.service.name)
    with migration.source.snapshot():
        asked = migration.source.journal.changes(None, ()).read_at
    begun, known = timer.now(), read_position(migration.target, stream).read_at
    if asked - known >= FOLLOWER_SECONDS:
        return _dead(migration, "none has run lately")
    while read_position(migration.target, stream).read_at < asked:
        if timer.now() - begun >= FOLLOWER_SECONDS:
            return _dead(migration, f"none has come any further for {FOLLOWER_SECONDS:g} s")
        timer.wait(_LOOK_SECONDS)
    return Condition(NAME, holds=True, found=f"came past the beginning of this command in {timer.now() - begun:.1f} s")


def _dead(migration: Migration, found: str) -> Condition:
    service = migration.service.name
    mend = f"start: strangler journal follow {service}; if it runs, it says what it waits for"
    return Condition(NAME, holds=False, found=f"{found}: what v2 writes would not go back to v1", mend=mend)
