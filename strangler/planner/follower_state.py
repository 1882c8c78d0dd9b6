"""How far the follower is behind the side with the authority, and why it stands still: for who looks later."""

from __future__ import annotations

from strangler.model.authority import Side
from strangler.planner.readiness import FOLLOWER_SECONDS
from strangler_etl.following.follower import backward_stream, forward_stream
from strangler_etl.migration import Migration
from strangler_etl.records.streams import read_position, read_trouble, stream_given_up


def lag_of(migration: Migration, side: Side) -> float | None:
    """How many seconds the other side is behind the one with the authority; None where nobody follows it, or is to."""
    service = migration.service.name
    if side is Side.V2 and one_way(migration) is not None:
        return None
    if side is Side.V1:
        origin, position = migration.source, read_position(migration.target, forward_stream(service))
    else:
        origin, position = migration.target, read_position(migration.source, backward_stream(service))
    if position.position is None:
        return None
    with origin.snapshot():
        return round(origin.journal.changes(position.position, ()).read_at - position.read_at, 3)


def standstill(migration: Migration, side: Side) -> str | None:
    """Why what the side with the authority writes does not come to the other; None where it does, or is not to."""
    trouble = read_trouble(migration.source, migration.service.name)
    if trouble is not None:
        return f"the follower stands still: {trouble}"
    if side is Side.V2 and one_way(migration) is not None:
        return None
    lag = lag_of(migration, side)
    if lag is None or lag < FOLLOWER_SECONDS:
        return None
    return f"the follower is {lag:.1f} s behind {side}, and has not said why: it may have died"


def one_way(migration: Migration) -> str | None:
    """Why nothing goes from v2 to v1; None where it does."""
    if not migration.mapping.way_back:
        return f"nothing goes back: way_back = false in [etl.{migration.service.name}]"
    if stream_given_up(migration.source, backward_stream(migration.service.name)) is not None:
        return "nothing goes back: journal follow --no-way-back"
    return None
